"""What people read is made with `msg(...)`, so that it can be translated."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import llmchat.errors

PACKAGE = Path(llmchat.errors.__file__).parent
NOT_FOR_PEOPLE = ("plugin/testing.py",)  # what it says is read in a test report
MODULES = sorted(p for p in PACKAGE.rglob("*.py") if not p.as_posix().endswith(NOT_FOR_PEOPLE))
ERRORS = {
    name
    for name, found in vars(llmchat.errors).items()
    if isinstance(found, type) and issubclass(found, llmchat.errors.LlmchatError)
}
SAID = {"notice": 0, "warning": 0, "hint": 0, "say": 0, "question": 0, "during": 0}
MADE = {"msg", "msg_n", "joined"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_error_or_notice_is_a_bare_text(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    assert [f"{node.lineno}: {ast.unparse(node)}" for node in bare(tree)] == []


def test_the_rule_knows_a_bare_text() -> None:
    bad = 'raise UsageError("no file", hint=msg("x y"))', 'report.notice(f"{n} files were found")'
    good = 'raise UsageError(msg("no file"), hint=EXAMPLE)', 'report.notice(f"{name}: {size}")'
    assert [len(list(bare(ast.parse(code)))) for code in (*bad, *good)] == [1, 1, 0, 0]


def bare(tree: ast.AST) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            texts = [k.value for k in node.keywords if k.arg == "hint"]
            texts += node.args[:1] if name in ERRORS or name in SAID else []
            yield from (text for text in texts if is_sentence(text))


def is_sentence(node: ast.AST) -> bool:
    """Whether a text is a sentence: at least two words, and not a command to type."""
    if isinstance(node, ast.JoinedStr):
        parts = [v.value if isinstance(v, ast.Constant) else "{}" for v in node.values]
        text = "".join(map(str, parts))
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        text = node.value
    else:
        return False
    words = [word for word in text.replace(":", "").split() if word.isalpha()]
    return len(words) > 1 and not text.startswith(("llmchat ", "-", "/"))
