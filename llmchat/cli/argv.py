"""Rewrites argv where Typer cannot express the syntax: `-o KEY VALUE`, and `-x` with or without
a number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

OPTION = ("-o", "--option")
EXTRACT = ("-x", "--extract")


def normalize_argv(argv: Sequence[str]) -> list[str]:
    """`-o KEY VALUE` as `-o KEY=VALUE`, a bare `-x` as `-x 1`; what follows `--` is text."""
    return list(_respelled(list(argv)))


def _respelled(rest: list[str]) -> Iterator[str]:
    while rest:
        word = rest.pop(0)
        yield word
        if word == "--":
            yield from rest
            return
        if word in EXTRACT:
            yield rest.pop(0) if rest and rest[0].isdigit() else "1"
        elif word in OPTION and rest:
            key = rest.pop(0)
            value = rest.pop(0) if "=" not in key and rest and rest[0] != "--" else None
            yield key if value is None else f"{key}={value}"
