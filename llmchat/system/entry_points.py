"""Which plugins are installed, read from their entry_points.txt without importing any of them.

Nothing is imported here but what a bare interpreter has loaded: a TAB uses this as well.
Why: docs/decisions/0142-installed-is-not-enabled.md.
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
NONE = "none"  # in LLMCHAT_PLUGINS: all off
LARGEST = 100_000  # characters of a file that are read


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
        self.folder = folder  # of its metadata

    @property
    def key(self) -> tuple[str, str, str]:
        return self.folder, self.kind, self.name


def installed() -> list[EntryPoint]:
    """Those of every distribution that Python finds here, in the order of their names."""
    folders = _metadata_folders()
    return [found for name in sorted(folders) for found in _entries(name, folders[name])]


def enabled(names: list[str]) -> list[EntryPoint]:
    """Those of the distributions that are named; the files of no other are read."""
    folders = _metadata_folders()
    wanted = dict.fromkeys(normal(name) for name in names)
    return [e for name in wanted if name in folders for e in _entries(name, folders[name])]


def normal(name: str) -> str:
    """`Llmchat_Parrot` is `llmchat-parrot`."""
    return name.strip().lower().replace("_", "-").replace(".", "-")


def _metadata_folders() -> dict[str, tuple[str, str]]:
    """Folder and version of each distribution; what stands earlier on the path wins."""
    found: dict[str, tuple[str, str]] = {}
    for place in sys.path:
        if not os.path.isabs(place):  # the folder one stands in is nobody's to install into
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
    if not os.path.isfile(path):  # a pipe would be waited for
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
