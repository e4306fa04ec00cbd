"""Finds the texts for people in the sources: messages, help, column headings."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from llmchat.cli import migration_hints

ROOT = Path(__file__).parent.parent.parent
PACKAGE = ROOT / "llmchat"
MANUAL = [ROOT / "dev" / "completion" / name for name in ("manual.py", "tree.py")]

# Arguments of these calls that are translated where they are shown.
ARGUMENTS = {
    "msg": 0,
    "known": 0,
    "Column": 0,
    "SlashCommand": 2,
    "flag": 1,
    "argument": 0,
    "Flag": 1,
    "Node": 1,
}
KEYWORDS = frozenset({"help", "about"})
PROSE = re.compile(r"[,;:] | only | the | stores | saves ")
# Tables in modules that are imported at every start, where calls of `msg` would cost time.
TABLES = {
    "cli/table.py": ("COMMANDS", "ABOUT", "USAGE", "EXAMPLES", "OPTIONS"),
    "cli/options.py": ("REF",),
    "failover.py": ("REASONS",),
    "language/system_errors.py": ("TEXTS",),
    "providers/gigachat/errors.py": ("TEXTS",),
    "settings/keys.py": ("KIND_NAMES",),
    "system/entry_points.py": ("KINDS",),
    "transport/errors/status.py": ("TEXTS",),
    "cli/help.py": ("GROUPS", "ADVANCED"),
    "dev/completion/tree.py": ("SHOW",),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One message; `filled` if values are put into it."""

    id: str
    place: str
    plural: str = ""
    filled: bool = False


def entries() -> list[Entry]:
    """Every message of the package and its manual, in the order of files and lines."""
    found: list[Entry] = []
    for path in [*sorted(PACKAGE.rglob("*.py")), *MANUAL]:
        name = path.relative_to(ROOT).as_posix()
        found += _in_module(ast.parse(path.read_text("utf-8")), name)
    return [*found, *_migration_hints(), *_in_data()]


def _migration_hints() -> Iterator[Entry]:
    """The hints that are more than a command."""
    rows = (*migration_hints.COMMANDS.values(), *migration_hints.FLAGS.values())
    for template in dict.fromkeys(migration_hints.template_of(row)[0] for row in rows):
        if PROSE.search(template):
            yield Entry(template, "llmchat/cli/migration_hints.py", filled="{word}" in template)


def _in_data() -> Iterator[Entry]:
    """Descriptions of built-in templates, and explanations of keyless services' notices."""
    for path in sorted((PACKAGE / "data" / "templates").glob("*.md")):
        head = tomllib.loads(path.read_text("utf-8").split("+++")[1])
        yield Entry(head["description"], path.relative_to(ROOT).as_posix())
    page = PACKAGE / "data" / "serve.html"
    for text in re.findall(r"\[\[(.+?)\]\]", page.read_text("utf-8")):
        yield Entry(text, page.relative_to(ROOT).as_posix(), filled="{" in text)
    notices = PACKAGE / "data" / "notices.toml"
    for row in tomllib.loads(notices.read_text("utf-8"))["notice"]:
        for text in filter(None, (row.get("message"), row.get("hint"))):
            yield Entry(text, notices.relative_to(ROOT).as_posix())


def _in_module(tree: ast.Module, name: str) -> Iterator[Entry]:
    for table in TABLES.get(name.removeprefix("llmchat/"), ()):
        yield from (Entry(t, name, filled="{" in t) for t in _table(tree, table, name))
    for scope, node in _scoped(tree, ""):
        place = f"{name}:{getattr(node, 'lineno', 0)} {scope}".rstrip()
        if isinstance(node, ast.Call):
            yield from _in_call(node, place)
        elif isinstance(node, ast.ClassDef):
            yield from (Entry(text, place) for text in _of_error(node, name))
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _is_command(node, name):
            yield from (Entry(text, place) for text in _of_command(node))


def _scoped(node: ast.AST, scope: str) -> Iterator[tuple[str, ast.AST]]:
    for child in ast.iter_child_nodes(node):
        yield scope, child
        inner = child.name if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) else scope
        yield from _scoped(child, inner)


def _in_call(call: ast.Call, place: str) -> Iterator[Entry]:
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    if name == "msg_n":
        one, many = map(_text, call.args[:2])
        yield Entry(one, place, many, filled=True)
    elif name in ARGUMENTS and (text := _text_at(call, ARGUMENTS[name])):
        yield Entry(text, place, filled=name == "msg" and bool(call.keywords))
    for keyword in call.keywords:
        if keyword.arg in KEYWORDS and (text := _text(keyword.value)):
            yield Entry(text, place)


def _text_at(call: ast.Call, place: int) -> str:
    return _text(call.args[place]) if len(call.args) > place else ""


def _text(node: ast.AST) -> str:
    """The text of a literal; "" for anything else."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _is_command(function: ast.FunctionDef | ast.AsyncFunctionDef, module: str) -> bool:
    """Whether it is a command, whose docstring Typer uses as help."""
    notes = [ast.unparse(a.annotation) for a in function.args.args if a.annotation]
    decorated = [ast.unparse(d) for d in function.decorator_list]
    called = any(d.startswith(("app.add", "app.command", "app.callback")) for d in decorated)
    return called or ("typer.Context" in notes and "/commands/" in module)


def _of_command(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Sequence[str]:
    """The whole help, and its first sentence for lists of commands."""
    whole = " ".join((ast.get_docstring(function) or "").split())
    first = whole.partition(". ")[0].rstrip(".")
    return [text for text in dict.fromkeys((whole, first)) if text]


def _of_error(error: ast.ClassDef, module: str) -> Iterator[str]:
    """The kind and the advice of an error class; they are plain strings, because calls of `msg`
    would run at every start."""
    named = ("advice", "kind") if module == "llmchat/errors.py" else ("advice",)
    for node in error.body:
        if _target(node) in named and isinstance(node, ast.Assign | ast.AnnAssign):
            yield from filter(None, [_text(node.value) if node.value else ""])


def _table(tree: ast.Module, table: str, name: str) -> Sequence[str]:
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value and _target(node) == table:
            return [text for text in _strings(node.value) if any(map(str.isalpha, text))]
    raise SystemExit(f"{name} has no table {table} any more: see TABLES in dev/messages/extract.py")


def _target(node: ast.AST) -> str:
    if isinstance(node, ast.Assign):
        return ast.unparse(node.targets[0])
    return ast.unparse(node.target) if isinstance(node, ast.AnnAssign) else ""


def _strings(node: ast.AST) -> Iterator[str]:
    """The values of a dict of texts, the keys of a dict of groups, the items of a tuple."""
    value = ast.literal_eval(node)
    if isinstance(value, dict):
        groups = all(str(text).startswith("--") for text in value.values())
        value = tuple(value if groups else value.values())
    for item in [value] if isinstance(value, str) else value:
        yield from [item] if isinstance(item, str) else item
