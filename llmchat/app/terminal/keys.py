"""Single keys, and short words, as answers: what was typed before the question appeared does not
count."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO

from llmchat.app.terminal.consent import readable

QUIET = 0.4  # seconds without a key: whoever types into what is shown has stopped by then
CHUNK = 4096  # bytes; whatever comes in one piece was not pressed as a key
END = "\x04"  # Ctrl-D, and a terminal that is gone
ESCAPE = "\x1b"
ESCAPE_PAUSE = 0.05  # seconds in which the rest of an arrow key arrives
ARROW = re.compile(r"\x1b[\[O][0-9;]*[A-Za-z~]")  # and a function key
CUT = re.compile(r"\x1b(?:[\[O][0-9;]*)?$")  # the beginning of one, as slow connections send it
ERASE, ERASE_ALL = ("\x7f", "\b"), "\x15"  # Ctrl-U

Ask = Callable[[], object]


async def pressed_key(stream: TextIO, *, ready: Ask) -> str:
    """Waits until the keyboard is quiet, dropping what was typed, calls `ready` to show the
    question, and returns the key. Several characters at once (a paste, a function key) give "", the
    end of input gives Ctrl-D."""
    with _keys(stream):
        while await _typed(stream, QUIET):
            await _read(stream)
        ready()
        while not await _typed(stream, None):
            continue
        text = await _read(stream)
        return text if len(text) == 1 else "" if text else END


async def typed_word(stream: TextIO, ask: Ask, echo: Callable[[str], object]) -> str | None:
    """A word of plain letters and digits, typed behind the question that `ask` shows; None for Esc
    and Ctrl-D."""
    word = ""

    def ask_again() -> None:
        ask()
        echo(word)

    with _reading(stream, ask_again) as read:
        while (text := await read()) and text != END:
            more = text
            while more and CUT.search(text) and await _typed(stream, ESCAPE_PAUSE):
                text += (more := await read())
            if text == ESCAPE:
                return None
            for char in ARROW.sub("", text):
                if char in "\r\n":
                    return word
                word = _longer(word, char, echo)
    return None


def _longer(word: str, char: str, echo: Callable[[str], object]) -> str:
    """With one more character, or with fewer."""
    if char in ERASE or char == ERASE_ALL:
        gone = len(word) if char == ERASE_ALL else min(1, len(word))
        echo("\b \b" * gone)
        return word[: len(word) - gone]
    if char.isascii() and char.isprintable():
        echo(char)
        return word + char
    return word


@contextmanager
def key_presses(stream: TextIO, ask: Ask) -> Iterator[Callable[[], Awaitable[str]]]:
    """Shows the question with `ask`, and yields what waits for the next key."""
    with _reading(stream, ask) as read:

        async def press() -> str:
            while True:
                text = await read()
                if len(text) < 2:  # an arrow key or a paste is longer
                    return text or END

        yield press


async def _typed(stream: TextIO, patience: float | None) -> bool:
    """Whether something was typed within `patience` seconds."""
    with suppress(TimeoutError):
        async with asyncio.timeout(patience):
            return await _is_readable(stream)
    return False


if sys.platform == "win32":
    import msvcrt

    POLL = 0.05

    @contextmanager
    def _reading(stream: TextIO, ask: Ask) -> Iterator[Callable[[], Awaitable[str]]]:
        while msvcrt.kbhit():
            msvcrt.getwch()
        ask()

        async def read() -> str:
            key = await asyncio.to_thread(msvcrt.getwch)
            if key == "\x03":
                raise KeyboardInterrupt
            return END if key == "\x1a" else key

        yield read

    @contextmanager
    def _keys(stream: TextIO) -> Iterator[None]:
        yield

    async def _is_readable(stream: TextIO) -> bool:
        while not msvcrt.kbhit():  # noqa: ASYNC110  # a console tells nobody of its keys
            await asyncio.sleep(POLL)
        return True

    async def _read(stream: TextIO) -> str:
        typed = ""
        while msvcrt.kbhit():
            typed += msvcrt.getwch()
        if "\x03" in typed:
            raise KeyboardInterrupt
        return typed
else:
    import termios

    _is_readable = readable

    @contextmanager
    def _reading(stream: TextIO, ask: Ask) -> Iterator[Callable[[], Awaitable[str]]]:
        """Shows the question with `ask`, and yields what waits for the next keys; nothing comes
        from a terminal that is gone."""
        place = stream.fileno()
        before = termios.tcgetattr(place)

        def take() -> None:
            termios.tcsetattr(place, termios.TCSAFLUSH, _unseen(before))
            ask()

        async def read() -> str:
            await readable(stream)
            return await _read(stream)

        with _taken_again(take):
            try:
                take()
                yield read
            finally:
                termios.tcsetattr(place, termios.TCSADRAIN, before)

    @contextmanager
    def _taken_again(take: Callable[[], None]) -> Iterator[None]:
        """Sets the terminal up again and repeats the question after Ctrl-Z and `fg`, because the
        shell has changed both. A session handles that itself."""
        mine = signal.getsignal(signal.SIGCONT) is signal.SIG_DFL
        loop = asyncio.get_running_loop()
        if mine:
            loop.add_signal_handler(signal.SIGCONT, take)
        try:
            yield
        finally:
            if mine:
                loop.remove_signal_handler(signal.SIGCONT)

    @contextmanager
    def _keys(stream: TextIO) -> Iterator[None]:
        place = stream.fileno()
        before = termios.tcgetattr(place)
        try:
            termios.tcsetattr(place, termios.TCSADRAIN, _unseen(before))
            yield
        finally:
            termios.tcsetattr(place, termios.TCSAFLUSH, before)

    def _unseen(before: list[Any]) -> list[Any]:
        """The terminal's settings for reading single keys without echo; Ctrl-C still sends a
        signal."""
        single = [*before]
        single[3] &= ~(termios.ECHO | termios.ICANON)
        single[6] = [*before[6]]
        single[6][termios.VMIN], single[6][termios.VTIME] = 1, 0
        return single

    async def _read(stream: TextIO) -> str:
        return os.read(stream.fileno(), CHUNK).decode("utf-8", "replace")
