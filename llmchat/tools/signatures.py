"""Reads the functions of a Python file as tools, without running it.

A schema comes from the annotations, descriptions from the docstring (`Args:` or `:param x:`).
"""

from __future__ import annotations

import ast
import inspect
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from llmchat.tools.tool import ToolDefinition

AnyFunction = ast.FunctionDef | ast.AsyncFunctionDef

SIMPLE = {"str": "string", "int": "integer", "float": "number", "bool": "boolean"}
LISTS = ("list", "List", "Sequence", "set", "tuple", "Iterable")
TABLES = ("dict", "Dict", "Mapping")
SPHINX = re.compile(r":param(?: [\w\[\], ]+)? (\w+):\s*(.+)")
GOOGLE = re.compile(r"\s+(\w+)(?: \([^)]*\))?:\s*(.+)")
NOT_JSON = (ValueError, TypeError)


def functions_of(source: str) -> dict[str, ToolDefinition]:
    """All public top-level functions; raises SyntaxError if it is not Python."""
    nodes = (n for n in ast.parse(source).body if isinstance(n, AnyFunction))
    return {node.name: _definition(node) for node in nodes if not node.name.startswith("_")}


def _definition(node: AnyFunction) -> ToolDefinition:
    text = inspect.cleandoc(ast.get_docstring(node) or "")
    about, described = _summary(text), dict(_described(text))
    return ToolDefinition(node.name, about, _parameters(node.args, described))


def _parameters(arguments: ast.arguments, described: Mapping[str, str]) -> dict[str, Any]:
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults: list[ast.expr | None] = [None] * (len(positional) - len(arguments.defaults))
    pairs = [
        *zip(positional, [*defaults, *arguments.defaults], strict=True),
        *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
    ]
    properties: dict[str, Any] = {}
    for argument, default in pairs:
        schema = _type(argument.annotation)
        if argument.arg in described:
            schema["description"] = described[argument.arg]
        properties[argument.arg] = schema | _default(default)
    required = [argument.arg for argument, default in pairs if default is None]
    return {"type": "object", "properties": properties, "required": required}


def _default(node: ast.expr | None) -> dict[str, Any]:
    try:
        value = _value(node) if node is not None else None
    except NOT_JSON:
        return {}
    return {"default": value} if isinstance(value, str | int | float) else {}


def _value(node: ast.expr) -> Any:
    """A literal, if JSON has such a value; else one of `NOT_JSON`."""
    value = ast.literal_eval(node)
    json.dumps(value, allow_nan=False)
    return value


def _type(node: ast.expr | None) -> dict[str, Any]:
    """The schema of an annotation; an unknown one allows any value."""
    match node:
        case ast.Constant(value=str(text)):
            return _quoted(text)
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return _named(name)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _either([left, right])
        case ast.Subscript(value=ast.Name(id=name) | ast.Attribute(attr=name), slice=inner):
            return _generic(name, inner)
    return {}


def _quoted(text: str) -> dict[str, Any]:
    try:
        return _type(ast.parse(text, mode="eval").body)
    except SyntaxError:
        return {}


def _named(name: str) -> dict[str, Any]:
    if name in SIMPLE:
        return {"type": SIMPLE[name]}
    if name in LISTS:
        return {"type": "array", "items": {}}
    return {"type": "object"} if name in TABLES else {}


def _generic(name: str, inner: ast.expr) -> dict[str, Any]:
    parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
    if name == "Literal":
        try:
            values = [_value(part) for part in parts]
        except NOT_JSON:
            return {}
        texts = all(isinstance(value, str) for value in values)
        return {"type": "string", "enum": values} if texts else {"enum": values}
    if name in ("Optional", "Union"):
        return _either(parts)
    if name == "Annotated":
        note = next((p.value for p in parts[1:] if isinstance(p, ast.Constant)), None)
        described = {"description": note} if isinstance(note, str) else {}
        return _type(parts[0]) | described
    if name in LISTS:
        return {"type": "array", "items": _type(parts[0])}
    return {"type": "object"} if name in TABLES else {}


def _either(parts: list[ast.expr]) -> dict[str, Any]:
    """The schema of a union. `X | None` becomes X, because an argument that is left out gets the
    default."""
    known = [p for p in parts if not (isinstance(p, ast.Constant) and p.value is None)]
    return _type(known[0]) if len(known) == 1 else {}


def _summary(text: str) -> str:
    """The text before the parameters."""
    lines = []
    for line in text.splitlines():
        if line.strip() in ("Args:", "Arguments:", "Parameters:", "Returns:", "Raises:"):
            break
        if line.startswith((":param", ":return", ":raises")):
            break
        lines.append(line)
    return "\n".join(lines).strip()


def _described(text: str) -> Iterator[tuple[str, str]]:
    inside = False
    for line in text.splitlines():
        if found := SPHINX.match(line):
            yield found[1], found[2].strip()
        elif not line[:1].isspace():
            inside = line.strip() in ("Args:", "Arguments:", "Parameters:")
        elif inside and (found := GOOGLE.match(line)):
            yield found[1], found[2].strip()
