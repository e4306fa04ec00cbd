"""A class name stands once in the package, so that a name is enough to find it."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import llmchat

PACKAGE = Path(llmchat.__file__).parent
PUBLIC = "Conversation"  # Yqcloud's, which the Python interface names


def test_no_class_name_stands_twice() -> None:
    names = Counter(
        node.name
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ClassDef)
    )
    assert [name for name, times in names.items() if times > 1] == [PUBLIC]
