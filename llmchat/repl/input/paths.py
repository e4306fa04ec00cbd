"""Parses and completes file names in the line, quoted if they contain spaces."""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from llmchat.errors import TooLong
from llmchat.inputs.folder import files_below
from llmchat.repl.input.completion_item import CompletionItem

MOST = 200  # entries of a folder that a menu shows
MOST_FOUND = 50  # names from deeper folders
PATIENCE = 1.0  # seconds to search; the line can be edited meanwhile


def split_words(text: str) -> list[str]:
    """Splits like a shell; an open quote is part of the name."""
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


def complete_path(word: str, *, cwd: Path, home: Path | None) -> Iterator[CompletionItem]:
    """Completes a name in the folder typed so far; hidden files only if the name begins with a
    dot."""
    folder, slash, beginning = word.rpartition("/")
    base = folder + slash
    place = home / base[2:] if home and base.startswith("~/") else cwd / (base or ".")
    try:
        with os.scandir(place) as found:
            entries = sorted(found, key=lambda entry: entry.name.lower())
    except OSError:
        return
    count = 0
    for entry in entries:
        if not entry.name.lower().startswith(beginning.lower()):
            continue
        if entry.name.startswith(".") and not beginning.startswith("."):
            continue
        count += 1
        if count > MOST:
            return
        yield _item(entry, base, len(word))


def find_deeper(
    word: str, *, cwd: Path, ticks: Callable[[], float] = time.monotonic
) -> Iterator[CompletionItem]:
    """Files in deeper folders whose name contains the word, without those the project ignores.
    Limited in number and time, for trees of any size."""
    if not word or "/" in word:
        return
    found, until, below = 0, ticks() + PATIENCE, cwd.resolve()
    with suppress(TooLong):  # keep what was found until then
        for path in files_below(cwd):
            if ticks() > until or found == MOST_FOUND:
                return
            if word.lower() in path.name.lower():
                found += 1
                name = path.relative_to(below).as_posix()
                yield CompletionItem(_quoted(name), len(word), shown=name)


def _item(entry: os.DirEntry[str], base: str, replaces: int) -> CompletionItem:
    try:
        folder = entry.is_dir()
    except OSError:
        folder = False
    name = base + entry.name + "/" * folder
    return CompletionItem(
        name if folder else _quoted(name), replaces, shown=entry.name + "/" * folder
    )


def _quoted(name: str) -> str:
    return f'"{name}"' if any(c.isspace() for c in name) else name
