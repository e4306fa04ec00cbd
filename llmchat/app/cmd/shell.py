"""Runs a shell command that the person typed, and keeps the beginning and the end of its output.

Why: docs/decisions/0111-shell-commands-in-the-session.md.
"""

from __future__ import annotations

import codecs
import os
import select
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from llmchat.app.cmd.running import keyless_environment
from llmchat.system.programs import start_shell

HALF = 32 * 1024  # bytes to keep of the beginning and of the end
PAUSE = 0.1  # seconds between two checks whether a silent command has ended


@dataclass(frozen=True, slots=True)
class ShellResult:
    """`status` is that of `subprocess`; `left_out` bytes are missing in the middle of `text`."""

    status: int
    text: str = ""
    left_out: int = 0


def run_shell(
    command: str,
    *,
    environ: Mapping[str, str],
    cwd: Path,
    stdin: TextIO,
    stdout: TextIO,
    show: Callable[[str], None] | None,
) -> ShellResult:
    """Runs the command with the terminal, in the person's folder. `show` gets the output piece by
    piece; without it the command writes to the terminal directly, and nothing is kept."""
    begun = start_shell(command, keyless_environment(environ), cwd)
    if show is None:
        done = subprocess.run(**begun, stdin=stdin, stdout=stdout, stderr=stdout, check=False)
        return ShellResult(done.returncode)
    with subprocess.Popen(
        **begun, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        kept = _Ends()
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        for piece in _pieces(process):
            kept.add(piece)
            show(decoder.decode(piece))
        show(decoder.decode(b"", final=True))
        return ShellResult(process.wait(), kept.text, kept.left_out)


def _pieces(process: subprocess.Popen[bytes]) -> Iterator[bytes]:
    """The output until the command ends, not waiting for background processes it started."""
    assert process.stdout is not None
    place = process.stdout.fileno()
    while True:
        if sys.platform != "win32" and not select.select([place], [], [], PAUSE)[0]:
            if process.poll() is not None:
                return
            continue
        piece = os.read(place, 65536)
        if not piece:
            return
        yield piece


class _Ends:
    """Keeps the first and the last bytes of a stream of any length."""

    def __init__(self) -> None:
        self._first, self._last = bytearray(), bytearray()
        self.left_out = 0

    def add(self, piece: bytes) -> None:
        room = HALF - len(self._first)
        self._first += piece[:room]
        self._last += piece[room:]
        over = len(self._last) - HALF
        if over > 0:
            del self._last[:over]
            self.left_out += over

    @property
    def text(self) -> str:
        gap = f"\n[{self.left_out:,} bytes left out]\n".encode() if self.left_out else b""
        whole = bytes(self._first) + gap + bytes(self._last)
        return whole.decode("utf-8", "replace").replace("\r\n", "\n")
