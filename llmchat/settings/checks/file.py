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
from llmchat.language.nearest import aside
from llmchat.settings.keys import PROJECT, PROJECT_TEXT, PROVIDER, TOP, carries_question
from llmchat.settings.registry import Registry
from llmchat.settings.target import LOCAL, Chooser
from llmchat.settings.toml.document import Document
from llmchat.settings.values import Mistakes, mistakes_in

SECRET = frozenset(name for name, key in PROVIDER.items() if key.kind == "secret")
OTHERS = 0o077
MOST = 20  # mistakes to report per file
MOST_WARNINGS = 10
LONGEST_NAME = 60  # characters of a key that are quoted in a message


class Problem(NamedTuple):  # a dataclass adds 0.4 ms to every start
    line: int
    text: str


def problems(document: Document, known: Collection[str]) -> Iterator[Problem]:
    """The first mistakes in a config.toml, in the order of its keys."""
    for path, text in islice(_mistakes(document.table, known), MOST):
        yield Problem(document.line_of(*path), text)


def _mistakes(config: Mapping[str, Any], known: Collection[str]) -> Mistakes:
    for name, value in config.items():
        if name == "providers":
            yield from _of_providers(value, known)
        elif name == "tools":
            from llmchat.settings.tools import tool_mistakes  # only if there are tools

            yield from tool_mistakes(value)
        elif name == "prices":
            from llmchat.settings.prices import price_mistakes  # only if there are prices

            yield from price_mistakes(value)
        elif name in TOP:
            yield from mistakes_in((name,), value, TOP[name])
            if name in ("provider", "fallback", "keyless"):
                yield from _of_names(config, name, known)
        else:
            hint = aside(name, [*TOP, "providers", "tools", "prices"])
            yield (name,), msg("unknown key {name}{hint}", name=name, hint=hint)


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
        hint=document.hint,
    )


def file_warnings(
    config: Document | None, project: Document | None, chooser: Chooser, registry: Registry
) -> Iterator[str]:
    """Warnings about settings that are valid but probably wrong."""
    if config:
        yield from _mode_warnings(config)
    if project is None:
        return
    yield from project_warnings(project)
    named, _ = chooser.named(project.table.get("model", ""))
    if named not in (*registry.keyless, LOCAL):
        return
    line = f"{project.path}:{project.line_of('model')}"
    if named in registry.keyless:
        yield msg(
            "{line}: a project file cannot choose {named}, a third-party service; ignored",
            line=line,
            named=named,
        )
    else:
        yield msg("{line}: a project file cannot choose a model file; ignored", line=line)


def project_warnings(document: Document) -> Iterator[str]:
    """Warnings about settings that a project may not make; they are ignored."""
    others = [name for name in document.table if name not in (*PROJECT, PROJECT_TEXT)]
    options = document.get("options")
    given = options.items() if isinstance(options, Mapping) else ()
    told = [name for name, value in given if carries_question(name, value)]
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


def _mode_warnings(document: Document) -> Iterator[str]:
    """A warning if a file with a key is readable by others."""
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
    from llmchat.settings.tools import holds_key  # only if there are tools

    return holds_key(document)


def is_own_server(table: object) -> bool:
    """Whether `[providers.NAME]` of an unknown name is an OpenAI-compatible server, which needs an
    address."""
    return isinstance(table, Mapping) and bool(str(table.get("base_url") or "").strip())


def _of_names(config: Mapping[str, Any], key: str, known: Collection[str]) -> Mistakes:
    tables, value = config.get("providers"), config[key]
    own = [n for n, t in tables.items() if is_own_server(t)] if isinstance(tables, Mapping) else []
    allowed = [*known, *own] + (["auto"] if key == "provider" else [])
    for name in value if isinstance(value, list) else [value]:
        if isinstance(name, str) and name and name not in allowed:
            hint = aside(name, allowed)
            yield (key,), msg("unknown provider {name}{aside}", name=name, aside=hint)


def _of_providers(providers: Any, known: Collection[str]) -> Mistakes:
    if not isinstance(providers, Mapping):
        yield ("providers",), msg("providers must be a table")
        return
    for name, table in providers.items():
        path = ("providers", name)
        if not isinstance(table, Mapping):
            yield path, msg("providers.{name} must be a table", name=name)
            continue
        if name not in known:
            yield from ((path, text) for text in _of_unknown(name, table, known))
        for key, value in table.items():
            if key in PROVIDER:
                yield from mistakes_in((*path, key), value, PROVIDER[key])
            else:
                text = msg(
                    "unknown key {key} in providers.{path}{aside}",
                    key=key,
                    path=name,
                    aside=aside(key, PROVIDER),
                )
                yield (*path, key), text


def _of_unknown(name: str, table: Mapping[str, Any], known: Collection[str]) -> Iterator[str]:
    if not is_own_server(table):
        yield msg(
            "unknown provider {name}{aside}; your own server needs base_url",
            name=name,
            aside=aside(name, known),
        )
    if name == "auto" or not name or any(c.isspace() or c in "/:" for c in name):
        yield msg("{name!r} is not a valid provider name", name=name)
