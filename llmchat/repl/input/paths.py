"""Parses and completes file names in the line, quoted if they contain spaces."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from pathlib import Path

from llmchat.repl.input.option import Option

MOST = 200  # entries of a folder that a menu can be asked for


def split_words(text: str) -> list[str]:
    """Shell-like; an open quote is a part of the name."""
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


def complete_path(word: str, *, cwd: Path, home: Path | None, start: int = 0) -> Iterator[Option]:
    """What stands in the folder that is typed so far; hidden files only where asked for."""
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
        yield _option(entry, base, len(word) + start)


def _option(entry: os.DirEntry[str], base: str, replaces: int) -> Option:
    try:
        folder = entry.is_dir()
    except OSError:
        folder = False
    name = base + entry.name + "/" * folder
    quoted = f'"{name}"' if any(c.isspace() for c in name) and not folder else name
    return Option(quoted, replaces, shown=entry.name + "/" * folder)
