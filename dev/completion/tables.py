"""The data all four shell scripts need about a command, in the same order."""

from __future__ import annotations

from collections.abc import Iterator

from dev.completion.tree import Flag, Node

MADE = "Made by `python -m dev.completion` from the commands themselves; do not edit."


def rows(top: Node) -> Iterator[Node]:
    """Every command that can be stood in, the program itself first."""
    return top.walk()


def flag_words(node: Node) -> list[str]:
    return [name for flag in node.flags for name in flag.names]


def valued(node: Node) -> Iterator[Flag]:
    """Those that a value may follow."""
    return (flag for flag in node.flags if flag.kind)


def argument_kinds(node: Node) -> list[str]:
    """One kind a position; the last one goes on when it may be repeated."""
    kinds = [argument.kind for argument in node.arguments]
    if node.arguments and node.arguments[-1].repeated:
        kinds[-1] += "*"
    return kinds


def short(text: str) -> str:
    """The first sentence, for a list beside the words."""
    return text.partition("\n")[0].rstrip(".")
