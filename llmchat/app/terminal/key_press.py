"""Single keys as answers: what was typed before the question was there does not count."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from llmchat.app.terminal.consent import readable

CHUNK = 4096  # bytes; whatever comes in one piece was not pressed as a key
Ask = Callable[[], object]
END = "\x04"  # Ctrl-D, and a terminal that is gone

if sys.platform == "win32":
    import msvcrt

    @contextmanager
    def key_presses(stream: TextIO, ask: Ask) -> Iterator[Callable[[], Awaitable[str]]]:
        while msvcrt.kbhit():
            msvcrt.getwch()
        ask()

        async def press() -> str:
            key = await asyncio.to_thread(msvcrt.getwch)
            if key == "\x03":
                raise KeyboardInterrupt
            return END if key == "\x1a" else key

        yield press
else:
    import termios

    @contextmanager
    def key_presses(stream: TextIO, ask: Ask) -> Iterator[Callable[[], Awaitable[str]]]:
        """Shows the question with `ask`, and yields what waits for the next key. Ctrl-C stays a
        signal; nothing is echoed."""
        place = stream.fileno()
        before = termios.tcgetattr(place)
        quiet = list(before)
        quiet[3] &= ~(termios.ECHO | termios.ICANON)
        quiet[6] = [*before[6]]
        quiet[6][termios.VMIN], quiet[6][termios.VTIME] = 1, 0

        def take() -> None:
            termios.tcsetattr(place, termios.TCSAFLUSH, quiet)
            ask()

        async def press() -> str:
            while True:
                await readable(stream)
                text = os.read(place, CHUNK).decode("utf-8", "replace")
                if len(text) < 2:  # an arrow key or a paste is longer
                    return text or END

        take()
        with _taken_again(take):
            try:
                yield press
            finally:
                termios.tcsetattr(place, termios.TCSADRAIN, before)

    @contextmanager
    def _taken_again(take: Callable[[], None]) -> Iterator[None]:
        """After Ctrl-Z and `fg` the shell has left the terminal as it likes it, and the question
        somewhere above. A session has its own way."""
        mine = signal.getsignal(signal.SIGCONT) is signal.SIG_DFL
        loop = asyncio.get_running_loop()
        if mine:
            loop.add_signal_handler(signal.SIGCONT, take)
        try:
            yield
        finally:
            if mine:
                loop.remove_signal_handler(signal.SIGCONT)
