"""Finds installed plugins by reading entry_points.txt, without importing any of them.

Imports only modules that a bare interpreter has loaded, because completion uses this as well. Why:
docs/decisions/0142-installed-is-not-enabled.md.
"""

from __future__ import annotations

import os
import sys

PREFIX = "llmchat."
KINDS = {
    "llmchat.providers": "provider",
    "llmchat.tools": "tool",
    "llmchat.commands": "command",
    "llmchat.templates": "template",
}
NONE = "none"  # in LLMCHAT_PLUGINS: disables all
LARGEST = 100_000  # characters; larger files are ignored


class EntryPoint:
    """One line of a distribution's entry_points.txt: `name = module:object`."""

    __slots__ = ("distribution", "folder", "kind", "name", "value", "version")

    def __init__(
        self, kind: str, name: str, value: str, distribution: str, version: str, folder: str
    ) -> None:
        self.kind = kind
        self.name = name
        self.value = value
        self.distribution = distribution
        self.version = version
        self.folder = folder  # with its metadata

    @property
    def key(self) -> tuple[str, str, str]:
        return self.folder, self.kind, self.name


def installed() -> list[EntryPoint]:
    """The entry points of all distributions, sorted by name."""
    folders = _metadata_folders()
    return [found for name in sorted(folders) for found in _entries(name, folders[name])]


def enabled(names: list[str]) -> list[EntryPoint]:
    """The entry points of the named distributions; no other files are read."""
    folders = _metadata_folders()
    wanted = dict.fromkeys(normal(name) for name in names)
    return [e for name in wanted if name in folders for e in _entries(name, folders[name])]


def normal(name: str) -> str:
    """The normalized name: `Llmchat_Parrot` is `llmchat-parrot`."""
    return name.strip().lower().replace("_", "-").replace(".", "-")


def _metadata_folders() -> dict[str, tuple[str, str]]:
    """Folder and version of each distribution; the first one on the path counts."""
    found: dict[str, tuple[str, str]] = {}
    for place in sys.path:
        if not os.path.isabs(place):  # nothing is installed in the current folder
            continue
        try:
            names = os.listdir(place)
        except OSError:
            continue
        for folder in names:
            stem, dot, kind = folder.rpartition(".")
            if dot and kind in ("dist-info", "egg-info"):
                name, _, version = stem.partition("-")
                found.setdefault(normal(name), (f"{place}/{folder}", version))
    return found


def _entries(distribution: str, place: tuple[str, str]) -> list[EntryPoint]:
    folder, version = place
    path = f"{folder}/entry_points.txt"
    if not os.path.isfile(path):  # reading a pipe would block
        return []
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            text = file.read(LARGEST)
    except OSError:
        return []
    found, kind = [], ""
    for line in text.splitlines() if PREFIX in text else ():
        line = line.strip()
        if line.startswith("["):
            kind = KINDS.get(line.strip("[] "), "")
            continue
        name, equals, value = line.partition("=")
        if kind and equals and name.strip() and not line.startswith(("#", ";")):
            entry = EntryPoint(kind, name.strip(), value.strip(), distribution, version, folder)
            found.append(entry)
    return found
