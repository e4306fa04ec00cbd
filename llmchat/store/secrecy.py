"""Recognises llmchat's own files with keys, tokens or conversations, which are never sent."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path

from llmchat.store.paths import Paths
from llmchat.system.opening import read_regular

# Copies, journals and drafts beside a file are as secret as the file.
SECRET = re.compile(r"\.?(credentials\.json|tokens\.json|history\.db|repl_history)\b.*")
LARGEST_CONFIG = 1_000_000
KEYS = re.compile(
    r"(key|token|secret|credentials|password|authorization|cookie)[\"']?\s*=\s*[\"']?[^\s\"'#]"
    r"|://[^/\s:@]+:[^/\s@]+@",
    re.IGNORECASE,
)


def is_secret(path: Path, paths: Paths) -> bool:
    """Whether the file is secret, by its resolved path, its name, or its identity, so that a link
    counts as the file."""
    place = _true_place(path)
    folders = [Path(os.path.realpath(folder)) for folder in paths.folders]
    if place.parent in folders and SECRET.fullmatch(place.name):
        return True
    if any(place.is_relative_to(os.path.realpath(f)) for f in (paths.drafts, paths.local_state)):
        return True
    own_files = (paths.credentials, paths.tokens, paths.serve_key, paths.repl_history)
    if any(_same(path, own) for own in own_files):
        return True
    return (_is_config(place, paths) or _same(path, paths.config_file)) and _holds_keys(path)


def _true_place(path: Path) -> Path:
    """The resolved path; unchanged for a name that no file can have, or a link of /proc that may
    not be read."""
    with suppress(OSError, ValueError):
        return Path(os.path.realpath(path))
    return path


def _is_config(place: Path, paths: Paths) -> bool:
    """Whether it is config.toml, or a copy beside it."""
    file = Path(os.path.realpath(paths.config_file))
    return place.parent == file.parent and place.name.lstrip(".").startswith(file.name)


def _same(path: Path, own: Path) -> bool:
    with suppress(OSError, ValueError):
        return path.samefile(own)
    return False


def _holds_keys(path: Path) -> bool:
    try:
        text = read_regular(path, LARGEST_CONFIG).decode("utf-8", "replace")
        return KEYS.search(text) is not None
    except (OSError, ValueError):
        return False  # it cannot be read, so it cannot be sent either
