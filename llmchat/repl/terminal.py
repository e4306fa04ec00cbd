"""The session's terminal: input and output, in raw mode for the whole session, then restored.

Why: docs/decisions/0060-one-raw-terminal.md.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO, TypeVar, cast

from prompt_toolkit.input import Input, create_input
from prompt_toolkit.input.ansi_escape_sequences import ANSI_SEQUENCES
from prompt_toolkit.keys import Keys
from prompt_toolkit.output import Output, create_output
from prompt_toolkit.output.plain_text import PlainTextOutput

from llmchat.render.plain import write_whole

# Shift-Enter as kitty's protocol and xterm's modifyOtherKeys tell it; prompt_toolkit takes the
# second for a plain Enter and does not know the first. Its table is the only place to say so.
SHIFT_ENTER = ("\x1b[13;2u", "\x1b[27;2;13~", "\x1b[13;5u", "\x1b[27;5;13~")
ALT_ENTER = (Keys.Escape, Keys.ControlM)

T = TypeVar("T")


class EncodedScreen(io.TextIOBase):
    """The screen for prompt_toolkit, which would write a `?` for each of our signs that the
    encoding does not have."""

    def __init__(self, screen: TextIO) -> None:
        self._screen = screen

    def write(self, text: str) -> int:
        write_whole(self._screen, text, tty=True)
        return len(text)

    def fileno(self) -> int:
        return self._screen.fileno()

    def isatty(self) -> bool:
        return self._screen.isatty()


class Terminal:
    """`keys` and `screen` are the two directions; both may be one terminal that was opened anew
    because stdin is a pipe."""

    def __init__(
        self, keys: TextIO, screen: TextIO, *, color: bool, obeys_sequences: bool = True
    ) -> None:
        for sequence in SHIFT_ENTER:
            ANSI_SEQUENCES[sequence] = ALT_ENTER
        self.keys_file = keys
        self.screen_file = screen
        self.color = color
        self.input: Input = create_input(keys)
        self.is_lent = False
        self.obeys_sequences = obeys_sequences
        encoded = cast("TextIO", EncodedScreen(screen))
        self.output: Output = (
            create_output(encoded) if obeys_sequences else PlainTextOutput(encoded)
        )

    @contextmanager
    def raw(self) -> Iterator[None]:
        """No echo and no signals from keys, so that what is typed at any moment reaches us."""
        with self.input.raw_mode():
            try:
                yield
            finally:
                self.output.disable_bracketed_paste()
                self.output.flush()

    def retake(self) -> None:
        """A shell that let us go on may have left the terminal as it likes it."""
        self.input.raw_mode().__enter__()

    @contextmanager
    def lent(self) -> Iterator[None]:
        """To another program, or to the shell while we are stopped."""
        self.output.disable_bracketed_paste()
        self.output.flush()
        self.is_lent = True
        try:
            with self.input.detach(), self.input.cooked_mode():
                yield
        finally:
            self.is_lent = False
        self.output.enable_bracketed_paste()
        self.output.flush()

    async def lend(self, use: Callable[[], T]) -> T:
        """To a program, until it has ended. A Ctrl-C that ended it reaches the loop with its end,
        in any order: it is spent before the line has the keys again."""
        with self.lent():
            try:
                return await asyncio.get_running_loop().run_in_executor(None, use)
            finally:
                await asyncio.sleep(0)

    @property
    def utf8(self) -> bool:
        return "utf" in (getattr(self.screen_file, "encoding", "") or "").lower()

    @property
    def columns(self) -> int:
        return self.output.get_size().columns

    @property
    def rows(self) -> int:
        return self.output.get_size().rows
