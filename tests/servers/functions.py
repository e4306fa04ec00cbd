"""What GigaChat refuses in functions, calls and results."""

from __future__ import annotations

import json
import re
from typing import Any

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")
BUILT_IN = {"text2image", "text2model3d", "get_file_content", "web_search", "code_interpreter"}
FUNCTION = {"name", "description", "parameters", "few_shot_examples", "return_parameters"}
SCHEMA = {"type", "description", "properties", "required", "items", "enum", "format"}
TYPES = {"object", "array", "string", "number", "integer", "boolean"}


def complaint_about_functions(body: Any) -> str:
    functions = body.get("functions", [])
    if not isinstance(functions, list):
        return "Invalid params: functions"
    names = [function.get("name") for function in functions]
    if len(set(names)) < len(names):
        return "Invalid params: duplicate function name"
    wrong = next(filter(None, map(_about_function, functions)), "")
    call = body.get("function_call", "none")
    if isinstance(call, dict) and call.get("name") not in {*names, "text2image"}:
        return "Invalid params: function_call names no function"
    return wrong or _about_results(body["messages"])


def _about_function(function: Any) -> str:
    if set(function) - FUNCTION or not NAME.fullmatch(function.get("name", "")):
        return f"Invalid function name: {function.get('name')!r}"
    if function["name"] in BUILT_IN and set(function) != {"name"}:
        return f"Invalid params: {function['name']} is a built-in function"
    if set(function) == {"name"}:
        return ""
    schema = function.get("parameters")
    if not isinstance(schema, dict) or schema.get("type") != "object":
        return "Incorrect function syntax: parameters must be an object"
    return about_schema(schema, function["name"])


def about_schema(schema: Any, place: str) -> str:
    if not isinstance(schema, dict) or set(schema) - SCHEMA:
        return f"Incorrect function syntax: unknown keyword at {place}: {schema}"
    kind = schema.get("type")
    if kind not in TYPES:
        return f"Incorrect function syntax: type {kind!r} at {place}"
    if kind == "object" and not isinstance(schema.get("properties"), dict):
        return f"Incorrect function syntax: no properties at {place}"
    if kind == "array" and "items" not in schema:
        return f"Incorrect function syntax: no items at {place}"
    if "enum" in schema and not (kind == "string" and _are_strings(schema["enum"])):
        return f"Incorrect function syntax: enum at {place} is not of strings"
    if schema.get("format", "date") not in ("date", "date-time", "time"):
        return f"Incorrect function syntax: format at {place}"
    if set(schema.get("required", ())) - set(schema.get("properties", ())):
        return f"Incorrect function syntax: required at {place}"
    inner = [*schema.get("properties", {}).items()]
    inner += [("items", schema["items"])] if "items" in schema else []
    return next(filter(None, (about_schema(s, f"{place}.{n}") for n, s in inner)), "")


def _are_strings(values: Any) -> bool:
    return isinstance(values, list) and bool(values) and all(isinstance(v, str) for v in values)


def _about_results(messages: Any) -> str:
    """A call, then its result; the result is the text of a JSON object."""
    wanted = ""
    for message in messages:
        role, call = message["role"], message.get("function_call")
        if (role == "function") != bool(wanted):
            return "Invalid params: every assistant function call must have a result in history"
        if role == "function":
            if message.get("name", wanted) != wanted:
                return "Invalid params: the result is of another function"
            if not _is_object(message["content"]):
                return "invalid function result json string"
        wanted = ""
        if call is not None:
            if role != "assistant" or set(call) != {"name", "arguments"}:
                return "Invalid params: function_call"
            if not isinstance(call["arguments"], dict) or not NAME.fullmatch(call["name"]):
                return "Invalid params: function_call.arguments"
            wanted = call["name"]
    last = "Invalid params: every assistant function call must have a result in history"
    return last if wanted else ""


def _is_object(text: Any) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, TypeError):
        return False
