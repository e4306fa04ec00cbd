"""Prepares argv for Typer: finds keys in it, and rewrites what Typer's syntax cannot express, such
as `-o KEY VALUE`, `-x` with or without a number, and `--schema` with or without a name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from llmchat.errors import UsageError
from llmchat.language import msg
from llmchat.values.secret import KEY_BEGINNINGS, Secret

OPTION = ("-o", "--option")
EXTRACT = ("-x", "--extract")
SCHEMA = "--schema"
LONG_WORDS = re.compile(r"[A-Za-z0-9+/_=.-]{16,}")
UNBROKEN = re.compile("[A-Za-z0-9]{16,}")  # names of models and files have shorter parts
AT = re.compile("[@＠]")  # typed on a Chinese keyboard
PATHS = ("/", ".", "~")


def keys_among(words: Iterable[str]) -> list[Secret]:
    """Secrets found in the arguments of a command line: anything that looks like an API key, and
    the passwords in URLs. Words of a sentence are not checked here."""
    found: list[Secret] = []
    for word in words:
        if AT.search(word) and not any(map(str.isspace, word)):
            from llmchat.values.endpoint import passwords_in  # 20 ms, so only for a URL

            found += passwords_in(word)
        if word[:1] not in PATHS and not any(map(str.isspace, word)):
            found += map(Secret, filter(_is_key_like, LONG_WORDS.findall(word)))
    return found


def _is_key_like(word: str) -> bool:
    if word.lstrip("-=").startswith(KEY_BEGINNINGS):
        return True
    parts = UNBROKEN.findall(word)
    return any(not part.isalpha() and not part.isdigit() for part in parts)


def normalize_argv(argv: Sequence[str]) -> list[str]:
    """Rewrites `-o KEY VALUE` to `-o KEY=VALUE`, a bare `-x` to `-x 1`, and a bare `--schema` to
    one with an empty name. Everything after `--` is left alone."""
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


def pairs(options: list[str] | None) -> dict[str, str] | None:
    """Parses the `KEY=VALUE` options that `normalize_argv` produces."""
    if not options:
        return None
    for option in options:
        if "=" not in option:
            raise UsageError(
                msg("-o {option} needs a value", option=option), hint=msg("-o temperature 0.2")
            )
    return dict(option.split("=", 1) for option in options)
