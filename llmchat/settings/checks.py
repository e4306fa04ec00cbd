"""Validates a settings file: unknown keys and wrong types, each with its line.

Why: docs/decisions/0043-what-a-project-may-set.md.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple

from llmchat.errors import ConfigError
from llmchat.language import msg
from llmchat.nearest import aside
from llmchat.settings.keys import PROJECT, PROJECT_TEXT, PROVIDER, TOP, Key, carries_question
from llmchat.settings.toml.document import EDIT_HINT, Document
from llmchat.settings.values import BadValue, coerced

SECRET = frozenset(name for name, key in PROVIDER.items() if key.kind == "secret")
OTHERS = 0o077
MOST = 20  # mistakes that are looked for in one file
MOST_WARNINGS = 10
LONGEST_NAME = 60  # characters of a key that is repeated in a message


class Problem(NamedTuple):  # a dataclass costs every start 0.4 ms
    line: int
    text: str


def problems(document: Document, known: Collection[str]) -> Iterator[Problem]:
    """The first mistakes of a config.toml, in the order of its keys."""
    return islice(_problems(document, known), MOST)


def _problems(document: Document, known: Collection[str]) -> Iterator[Problem]:
    for name, value in document.table.items():
        if name == "providers":
            yield from _provider_problems(document, value, known)
        elif name == "tools":
            from llmchat.settings.tools import tool_mistakes  # only where there are tools

            yield from (_problem(document, path, text) for path, text in tool_mistakes(value))
        elif name == "prices":
            from llmchat.settings.prices import price_mistakes  # only where there are some

            yield from (_problem(document, path, text) for path, text in price_mistakes(value))
        elif name in TOP:
            yield from _value_problems(document, (name,), value, TOP[name])
            if name in ("provider", "fallback", "keyless"):
                yield from _unknown_names(document, name, value, known)
        else:
            hint = aside(name, [*TOP, "providers", "tools", "prices"])
            yield _problem(document, (name,), msg("unknown key {name}{hint}", name=name, hint=hint))


def first_error(document: Document, known: Collection[str]) -> ConfigError | None:
    found = tuple(problems(document, known))
    if not found:
        return None
    first = min(found, key=lambda problem: problem.line)
    others = len(found) - 1
    more = msg(" (and {others} more: llmchat config validate)", others=others) if others else ""
    return ConfigError(
        msg(
            "{path}:{line}: {text}{more}",
            path=document.path,
            line=first.line,
            text=first.text,
            more=more,
        ),
        hint=EDIT_HINT,
    )


def project_warnings(document: Document) -> Iterator[str]:
    """What a project may not say is named and left alone."""
    others = [name for name in document.table if name not in (*PROJECT, PROJECT_TEXT)]
    options = document.get("options")
    told = [n for n in options if carries_question(n)] if isinstance(options, Mapping) else []
    if told:
        place = f"{document.path}:{document.line_of('options', told[0])}"
        yield msg(
            "{place}: a project file cannot set options.{told}; ignored", place=place, told=told[0]
        )
    for name in others[:MOST_WARNINGS]:
        place = f"{document.path}:{document.line_of(name)}"
        yield msg(
            "{place}: {name} is not allowed in a project file; ignored",
            place=place,
            name=name[:LONGEST_NAME],
        )
    if more := len(others[MOST_WARNINGS:]):
        yield msg(
            "{path}: {more} more keys are not allowed in a project file; ignored",
            path=document.path,
            more=more,
        )


def mode_warnings(document: Document) -> Iterator[str]:
    """A key in a file that others may read."""
    tables = document.get("providers")
    keys = [t for t in tables.values() if SECRET & set(t)] if isinstance(tables, Mapping) else []
    found = keys or _tools_hold_key(document)
    if found and os.name == "posix" and document.path.stat().st_mode & OTHERS:
        path = document.path
        yield msg(
            "{path} contains a key and is readable by others; run chmod 600 {path}", path=path
        )


def _tools_hold_key(document: Document) -> bool:
    if "tools" not in document.table:
        return False
    from llmchat.settings.tools import holds_key  # only where there are tools

    return holds_key(document)


def is_own_server(table: object) -> bool:
    """`[providers.NAME]` of an unknown name is an OpenAI-compatible server if it has an address."""
    return isinstance(table, Mapping) and bool(str(table.get("base_url") or "").strip())


def _unknown_names(
    document: Document, key: str, value: Any, known: Collection[str]
) -> Iterator[Problem]:
    tables = document.get("providers")
    own = [n for n, t in tables.items() if is_own_server(t)] if isinstance(tables, Mapping) else []
    allowed = [*known, *own] + (["auto"] if key == "provider" else [])
    for name in value if isinstance(value, list) else [value]:
        if isinstance(name, str) and name and name not in allowed:
            text = msg("unknown provider {name}{aside}", name=name, aside=aside(name, allowed))
            yield _problem(document, (key,), text)


def _provider_problems(
    document: Document, providers: Any, known: Collection[str]
) -> Iterator[Problem]:
    if not isinstance(providers, Mapping):
        yield _problem(document, ("providers",), msg("providers must be a table"))
        return
    for name, table in providers.items():
        path = ("providers", name)
        if not isinstance(table, Mapping):
            yield _problem(document, path, msg("providers.{name} must be a table", name=name))
            continue
        if name not in known:
            yield from _name_problems(document, path, table, known)
        yield from _key_problems(document, path, table)


def _name_problems(
    document: Document, path: tuple[str, str], table: Mapping[str, Any], known: Collection[str]
) -> Iterator[Problem]:
    name = path[1]
    if not is_own_server(table):
        text = msg(
            "unknown provider {name}{aside}; your own server needs base_url",
            name=name,
            aside=aside(name, known),
        )
        yield _problem(document, path, text)
    if name == "auto" or not name or any(c.isspace() or c in "/:" for c in name):
        yield _problem(document, path, msg("{name!r} is not a valid provider name", name=name))


def _key_problems(
    document: Document, path: tuple[str, str], table: Mapping[str, Any]
) -> Iterator[Problem]:
    for key, value in table.items():
        if key not in PROVIDER:
            text = msg(
                "unknown key {key} in providers.{path}{aside}",
                key=key,
                path=path[1],
                aside=aside(key, PROVIDER),
            )
            yield _problem(document, (*path, key), text)
        else:
            yield from _value_problems(document, (*path, key), value, PROVIDER[key])


def _value_problems(
    document: Document, path: tuple[str, ...], value: Any, key: Key
) -> Iterator[Problem]:
    try:
        coerced(value, key)
    except BadValue as error:
        yield _problem(document, path, str(error))


def _problem(document: Document, path: tuple[str, ...], text: str) -> Problem:
    return Problem(document.line_of(*path), text)
