"""Recognises terminals without escape sequences, by the environment."""

from __future__ import annotations

import sys
from collections.abc import Mapping


def is_dumb(environ: Mapping[str, str]) -> bool:
    """Whether TERM is `dumb`, `unknown` or missing; on Windows it is always missing."""
    term = environ.get("TERM", "")
    return term in ("dumb", "unknown") or (not term and sys.platform != "win32")
