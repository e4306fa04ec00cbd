"""Rewrites argv where Typer cannot express the syntax: `-o KEY VALUE`, and `-x` with or without
a number, `--schema` with or without a name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

OPTION = ("-o", "--option")
EXTRACT = ("-x", "--extract")
SCHEMA = "--schema"


def normalize_argv(argv: Sequence[str]) -> list[str]:
    """`-o KEY VALUE` as `-o KEY=VALUE`, a bare `-x` as `-x 1`, a bare `--schema` with an empty
    name; what follows `--` is text."""
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
        elif word == SCHEMA and (not rest or rest[0].startswith("-")):
            yield ""
        elif word in OPTION and rest:
            key = rest.pop(0)
            value = rest.pop(0) if "=" not in key and rest and rest[0] != "--" else None
            yield key if value is None else f"{key}={value}"
