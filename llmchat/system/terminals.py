"""Terminals that obey no escape sequence, as the environment tells it."""

from __future__ import annotations

import sys
from collections.abc import Mapping


def is_dumb(environ: Mapping[str, str]) -> bool:
    """Consoles of Windows have no TERM; elsewhere a terminal without a name may be anything."""
    term = environ.get("TERM", "")
    return term in ("dumb", "unknown") or (not term and sys.platform != "win32")
