"""Gives each tool a name that every service takes and that no other tool of the run has."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

LONGEST = 64  # OpenAI's limit; GigaChat also wants a letter first
ODD = re.compile(r"[^A-Za-z0-9_-]+")


def model_names(tools: Sequence[tuple[str, str]]) -> list[str]:
    """For each (server, name). The tool's own name where it is the only one of that name, else with
    its server before it, else with a number behind it."""
    plain = Counter(_valid(name) for _, name in tools)
    taken: set[str] = set()
    names = []
    for server, name in tools:
        own = _valid(name)
        wanted = own if plain[own] == 1 or not server else _valid(f"{server}_{name}")
        free = next(found for found in _numbered(wanted) if found not in taken)
        taken.add(free)
        names.append(free)
    return names


def _valid(name: str) -> str:
    found = ODD.sub("_", name).strip("_") or "tool"
    return (found if found[0].isalpha() else f"tool_{found}")[:LONGEST]


def _numbered(name: str) -> Iterable[str]:
    yield name
    for number in range(2, 1000):
        end = f"_{number}"
        yield name[: LONGEST - len(end)] + end
