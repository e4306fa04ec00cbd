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

# Shift-Enter in kitty's protocol and in xterm's modifyOtherKeys; prompt_toolkit reads the second as
# Enter and does not know the first. Its key table is the only place to add them.
SHIFT_ENTER = ("\x1b[13;2u", "\x1b[27;2;13~", "\x1b[13;5u", "\x1b[27;5;13~")
ALT_ENTER = (Keys.Escape, Keys.ControlM)

T = TypeVar("T")


class EncodedScreen(io.TextIOBase):
    """The screen for prompt_toolkit, which would write a `?` for each of our symbols that the
    encoding lacks."""

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
    """The terminal: keys are read from `keys`, output goes to `screen`. Both may be the same
    terminal, opened separately because stdin is a pipe."""

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
        """Sets raw mode: no echo, and no signals from keys, so that type-ahead reaches us at any
        time."""
        with self.input.raw_mode():
            try:
                yield
            finally:
                self.output.disable_bracketed_paste()
                self.output.flush()

    def retake(self) -> None:
        """Sets raw mode again; a shell that continued us may have changed the mode."""
        self.input.raw_mode().__enter__()

    @contextmanager
    def lent(self) -> Iterator[None]:
        """Restores the normal mode for another program, or for the shell while this process is
        stopped."""
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
        """Runs `use`, such as an editor, with the terminal lent to it. A Ctrl-C that ended the
        program may reach the event loop just after its end, so it is handled before the line reads
        keys again."""
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
