"""Where a project's own `.llmchat.toml` is found."""

from __future__ import annotations

from pathlib import Path

NAME = ".llmchat.toml"


def find_project_file(cwd: Path, *, home: Path | None) -> Path | None:
    """The nearest one from here up to the project's root (`.git`) or the home folder.

    Outside of both only this very folder counts: what lies in /tmp is anybody's.
    """
    found: Path | None = None
    for folder in (cwd, *cwd.parents):
        if found is None and _is_file(folder / NAME):
            found = folder / NAME
        if folder == home or _exists(folder / ".git"):
            return found
    return found if found == cwd / NAME else None


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False
