"""Reads keys while no line is edited: to stop an answer, answer a question, or type ahead.

Why: docs/decisions/0130-lines-are-queued.md.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Container, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from prompt_toolkit.input.typeahead import get_typeahead
from prompt_toolkit.key_binding import KeyPress
from prompt_toolkit.keys import Keys

from llmchat.repl.input.drafts import LineDraft
from llmchat.repl.input.multiline import continues, in_fence
from llmchat.repl.input.pastes import Pastes
from llmchat.repl.terminal import Terminal

ESCAPE_SECONDS = 0.1  # after this long, Escape was pressed alone; ssh may be slow
QUIET = 0.4  # seconds without a key; by then a person who typed ahead has seen the question
STOPPING = (Keys.ControlC, Keys.Escape)
ERASING = (Keys.ControlH, Keys.Backspace)
NEW_LINE = (Keys.ControlM, Keys.ControlJ)
YES = ("y", "Y", "д", "Д")

Suspend = Callable[[], AbstractContextManager[object]]


class Keyboard:
    """Reads keys during an answer: typed text goes to the draft, and Enter queues it."""

    def __init__(self, terminal: Terminal, draft: LineDraft, pastes: Pastes) -> None:
        self._terminal = terminal
        self._draft = draft
        self._pastes = pastes
        self._stop: Callable[[], object] = _nothing
        self._suspend: Suspend | None = None
        self._asked: asyncio.Future[KeyPress] | None = None
        self._flush: asyncio.TimerHandle | None = None
        self._presses = 0

    @contextmanager
    def listening(
        self, stop: Callable[[], object], suspend: Suspend | None = None
    ) -> Iterator[None]:
        """Reads keys within this context. `stop` is called for Ctrl-C and Escape; with `suspend`,
        Ctrl-Z stops the process."""
        self._stop, self._suspend = stop, suspend
        self._terminal.output.enable_bracketed_paste()
        self._terminal.output.flush()
        try:
            with self._terminal.input.attach(self._ready):
                self._take(get_typeahead(self._terminal.input))
                yield
        finally:
            self._cancel_flush()
            self._take(self._terminal.input.flush_keys())
            self._stop = _nothing

    def interrupt(self) -> None:
        """Handles a SIGINT from outside like Ctrl-C."""
        self._take([KeyPress(Keys.ControlC, "\x03")])

    async def pressed(self, ask: Callable[[], None], answers: Container[str]) -> str:
        """Waits until nobody types, calls `ask` to show the question, and returns the key if it is
        one of the answers. Any other key is typed ahead, and "" is returned."""
        while await self._has_typed(QUIET):
            continue
        ask()
        press = await self._next_press()
        key = "\r" if press.key in NEW_LINE else "\x04" if press.key == Keys.ControlD else press.key
        if key.lower() in answers:
            return key
        self._edit(press)
        return ""

    async def _has_typed(self, seconds: float) -> bool:
        before = self._presses
        await asyncio.sleep(seconds)
        return self._presses != before

    async def consents(self) -> bool:
        """Whether the next key is a clear yes."""
        return (await self._next_press()).key in YES

    async def _next_press(self) -> KeyPress:
        self._asked = asyncio.get_running_loop().create_future()
        try:
            return await self._asked
        finally:
            self._asked = None

    def _ready(self) -> None:
        self._cancel_flush()
        self._take(self._terminal.input.read_keys())
        loop = asyncio.get_running_loop()
        self._flush = loop.call_later(ESCAPE_SECONDS, self._flush_keys)

    def _flush_keys(self) -> None:
        self._flush = None
        self._take(self._terminal.input.flush_keys())

    def _cancel_flush(self) -> None:
        if self._flush:
            self._flush.cancel()
            self._flush = None

    def _take(self, presses: list[KeyPress]) -> None:
        coming = iter(presses)
        for press in coming:
            after = next(coming, None) if press.key == Keys.Escape else None
            if after is None:
                self._press(press)
            elif after.key in NEW_LINE:  # Alt-Enter; other keys with Alt are ignored
                self._type("\n")

    def _press(self, press: KeyPress) -> None:
        self._presses += 1
        if press.key == Keys.Escape and not self._asked and self._draft.take_back():
            return
        if press.key in STOPPING:
            self._answer(press)
            self._stop()
        elif press.key == Keys.CPRResponse:
            return
        elif self._asked:
            self._answer(press)
        elif press.key == Keys.ControlZ:
            with self._suspend() if self._suspend else nullcontext():
                self._stop_process()
        else:
            self._edit(press)

    def _answer(self, press: KeyPress) -> None:
        if self._asked and not self._asked.done():
            self._asked.set_result(press)

    def _edit(self, press: KeyPress) -> None:
        text = self._draft.text
        if press.key == Keys.ControlM:
            self._enter()
        elif press.key == Keys.ControlJ:
            self._type("\n")
        elif press.key == Keys.Up:
            self._draft.take_back(last_only=True)
        elif press.key == Keys.BracketedPaste:
            self._type(self._pastes.pasted(press.data))
        elif press.key in ERASING:
            self._draft.text = text[: -len(self._pastes.mark_before(text) or text[-1:]) or None]
        elif press.key == Keys.ControlU:
            self._draft.text = text[: text.rfind("\n") + 1]
        elif press.key == Keys.ControlW:
            self._draft.text = text.rstrip()[: _last_word(text.rstrip())]
        elif len(press.key) == 1 and press.key.isprintable():
            self._type(press.key)

    def _enter(self) -> None:
        """Queues the line, by the same rules as in the line editor."""
        text = self._draft.text
        if in_fence(text):
            self._type("\n")
        elif continues(text):
            self._draft.text = text[:-1] + "\n"
        else:
            self._draft.enqueue()

    def _type(self, text: str) -> None:
        self._draft.text += text

    def _stop_process(self) -> None:
        """Handles Ctrl-Z: the shell has the terminal until the process continues."""
        if hasattr(signal, "SIGTSTP"):
            with self._terminal.lent():
                os.kill(0, signal.SIGTSTP)


def _last_word(text: str) -> int:
    return max(text.rfind(" "), text.rfind("\n")) + 1


def _nothing() -> None:
    pass
