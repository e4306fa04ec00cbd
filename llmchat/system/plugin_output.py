"""Where what plugins print goes: to stderr, and nowhere if that is full or closed."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, TextIO, cast


class _Unfailing:
    """The stream, which a plugin's answer must not fail for."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with suppress(OSError, ValueError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def plugin_output(stderr: TextIO | None) -> TextIO | None:
    """For `sys.stdout`; None, to which Python prints nothing, where there is no stderr."""
    return None if stderr is None else cast("TextIO", _Unfailing(stderr))
