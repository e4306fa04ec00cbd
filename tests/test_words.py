"""What people read is plain English: messages, hints, help texts and pages keep to the phrase book
of CONTRIBUTING.md ("Words")."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "llmchat"
LEXICON = PACKAGE / "store" / "search" / "forms" / "english.py"  # words, not messages
MODULES = sorted(set(PACKAGE.rglob("*.py")) - {LEXICON})
DATA = sorted([*(PACKAGE / "data").rglob("*.toml"), *(PACKAGE / "data").rglob("*.md")])
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])

# Each pattern, and what an English speaker would write.
UNIDIOMATIC = {
    r"\b(?<!there )is no\b(?! longer)": "X is not a Y",
    r"\bthere is nothing to\b": "Nothing to ...",
    r"\bas it comes\b": "default",
    r"\bby (itself|themselves)\b": "automatically",
    r"\banew\b": "again, new",
    r"\bonce more\b": "again",
    r"\bholds?\b": "contains",
    r"\byours alone\b": "private",
    r"\bwants an?\b": "needs a",
    r"\bknows no\b": "does not know",
    r"\ball the same\b": "anyway",
    r"\bgoes on\b|\bgo on with\b": "continues",
    r"\basks? anew\b|\basked once more\b": "again",
}
RULES = [(re.compile(pattern, re.IGNORECASE), plain) for pattern, plain in UNIDIOMATIC.items()]

SQL = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|CREATE|WITH|PRAGMA|DROP|BEGIN)\b")
ABOUT = {"flag": 1, "argument": 0, "SlashCommand": 2}  # which argument is the help
NOT_VERBS = frozenset({"press", "process", "access", "pass", "address", "always", "less", "this"})


def test_the_rules_know_a_bad_phrase_from_a_good_one() -> None:
    bad = ("it is no key", "nothing holds zzzz", "asks anew", "it wants a key")
    assert all(map(found_in, bad))
    assert not found_in("there is no command x; it is no longer needed, and it is not a key")
    assert third_person("Begins another conversation")
    assert not third_person("Press Enter")


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_messages_are_plain_english(module: Path) -> None:
    tree = ast.parse(module.read_text("utf-8"))
    bad = [f"{line}: {text}" for line, text in literals(tree) for _ in found_in(text)]
    assert bad == []


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_help_speaks_in_the_imperative(module: Path) -> None:
    tree = ast.parse(module.read_text("utf-8"))
    assert [text for text in help_texts(tree) if third_person(text)] == []


@pytest.mark.parametrize("path", [*DATA, *PAGES], ids=lambda path: path.name)
def test_pages_and_data_are_plain_english(path: Path) -> None:
    lines = prose(path.read_text("utf-8"))
    assert [f"{number}: {line}" for number, line in lines if found_in(line)] == []


def found_in(text: str) -> list[str]:
    """The phrases of a text that nobody would say so, each with a better one."""
    found = ((rule.search(text), plain) for rule, plain in RULES)
    return [f"{match[0]!r}: better {plain!r}" for match, plain in found if match]


def third_person(text: str) -> bool:
    """`Begins ...`: help tells what a command does in the imperative."""
    word, *_ = re.findall(r"^[A-Za-z]+", text.strip()) or [""]
    return word.endswith("s") and word.lower() not in NOT_VERBS


def literals(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every text of two words or more that is not a comment of the code on itself, nor SQL; an
    f-string as one text, its values as `{}`."""
    own = {id(node) for node in docstrings(tree)} - {id(node) for node in shown_docstrings(tree)}
    parts: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts |= {id(value) for value in node.values}
            yield (
                node.lineno,
                "".join(
                    str(value.value) if isinstance(value, ast.Constant) else "{}"
                    for value in node.values
                ),
            )
        elif isinstance(node, ast.Constant) and id(node) not in own | parts:
            text = str(node.value)
            if " " in text.strip() and not SQL.match(text):
                yield node.lineno, text


def help_texts(tree: ast.AST) -> Iterator[str]:
    """What flags and arguments say, docstrings of commands, and the rows of `/help`."""
    yield from (str(docstring.value) for docstring in shown_docstrings(tree))
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        place = ABOUT.get(node.func.id) if isinstance(node.func, ast.Name) else None
        if place is not None:
            abouts = node.args[place : place + 1]
            yield from (str(a.value) for a in abouts if isinstance(a, ast.Constant))


def docstrings(tree: ast.AST) -> Iterator[ast.Constant]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _docstring(node)


def shown_docstrings(tree: ast.AST) -> Iterator[ast.Constant]:
    """Those of commands, which Typer prints."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and any(map(_is_command, node.decorator_list)):
            yield from _docstring(node)


def _docstring(
    node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef,
) -> list[ast.Constant]:
    first = node.body[0] if node.body else None
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
        return [first.value] if isinstance(first.value.value, str) else []
    return []


def _is_command(decorator: ast.expr) -> bool:
    call = decorator.func if isinstance(decorator, ast.Call) else decorator
    return isinstance(call, ast.Attribute) and call.attr in ("add", "command", "callback")


def prose(text: str) -> Iterator[tuple[int, str]]:
    """The lines of a page outside of its code blocks, without what stands in backticks."""
    code = False
    for number, line in enumerate(text.splitlines(), start=1):
        if line.lstrip().startswith("```"):
            code = not code
        elif not code:
            yield number, re.sub(r"`[^`]*`", "", line)
