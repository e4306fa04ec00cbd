"""Asks a terminal whether it has synchronized output (mode 2026), waiting a moment for its answer.

Only for a session that owns the keyboard: the answer comes where keys come, so what was typed
meanwhile is given back to be read as input.
"""

from __future__ import annotations

import os
import re
import sys
import time
from typing import NamedTuple

PATIENCE = 0.2  # seconds; a terminal across the world answers in that time
QUESTION = b"\x1b[?2026$p\x1b[c"  # every terminal answers the second part, so nobody waits long
ANSWER = re.compile(rb"\x1b\[\?2026;([0-4])\$y")
LAST = re.compile(rb"\x1b\[\?[0-9;]*c")
OBEYED = (b"1", b"2", b"3")  # set, reset, always set


class Reply(NamedTuple):
    synchronized: bool
    typed: bytes = b""


def read_reply(answer: bytes) -> Reply:
    """What the terminal said, and what else came: keys of the person."""
    found = ANSWER.search(answer)
    return Reply(
        found is not None and found.group(1) in OBEYED,
        LAST.sub(b"", ANSWER.sub(b"", answer)),
    )


if sys.platform == "win32":

    def inquire(keyboard: int, terminal: int, *, patience: float = PATIENCE) -> Reply:
        """Windows Terminal is known by name, older consoles know no such mode."""
        return Reply(synchronized=False)

else:
    import select
    import termios
    import tty

    def inquire(keyboard: int, terminal: int, *, patience: float = PATIENCE) -> Reply:
        """Nobody is asked who is no terminal, or whose keys are waiting to be read."""
        if not (os.isatty(keyboard) and os.isatty(terminal)) or _is_ready(keyboard, 0):
            return Reply(synchronized=False)
        before = termios.tcgetattr(keyboard)
        try:
            tty.setcbreak(keyboard, termios.TCSANOW)
            os.write(terminal, QUESTION)
            return read_reply(_answer(keyboard, time.monotonic() + patience))
        finally:
            termios.tcsetattr(keyboard, termios.TCSANOW, before)

    def _answer(keyboard: int, deadline: float) -> bytes:
        answer = b""
        while not LAST.search(answer) and _is_ready(keyboard, deadline - time.monotonic()):
            piece = os.read(keyboard, 1024)
            if not piece:
                break
            answer += piece
        return answer

    def _is_ready(keyboard: int, seconds: float) -> bool:
        return bool(select.select([keyboard], [], [], max(0.0, seconds))[0])
