"""Keys while no line is edited, through a real pty."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator

import pytest

from llmchat.repl.input.drafts import LineDraft
from llmchat.repl.input.keyboard import Keyboard
from llmchat.repl.input.pastes import Pastes
from llmchat.repl.terminal import Terminal

LAST = "¶"  # typed behind the keys: all of them have been taken when it stands in the draft


class Desk:
    """A keyboard whose keys are written to `master`."""

    def __init__(self) -> None:
        self.master, slave = os.openpty()
        self._keys, self._screen = os.fdopen(slave, "r"), os.fdopen(os.dup(slave), "w")
        self.terminal = Terminal(self._keys, self._screen, color=False)
        self.pastes = Pastes()
        self.stopped = 0

    def stop(self) -> None:
        self.stopped += 1

    async def typed(self, data: str) -> str:
        """The draft after typing these keys."""
        draft = LineDraft(None, "a")
        await self.press(data + LAST, draft, lambda: draft.text.endswith(LAST))
        return draft.text.removesuffix(LAST)

    async def stops(self, data: str) -> None:
        """Returns when these keys have stopped the answer."""
        await self.press(data, LineDraft(None, "a"), lambda: self.stopped > 0)

    async def press(self, data: str, draft: LineDraft, done: Callable[[], bool]) -> None:
        keyboard = Keyboard(self.terminal, draft, self.pastes)
        with self.terminal.raw(), keyboard.listening(self.stop):
            os.write(self.master, data.encode())
            async with asyncio.timeout(20):
                while not done():  # noqa: ASYNC110  # a draft has no event
                    await asyncio.sleep(0.01)

    def close(self) -> None:
        self._keys.close()
        self._screen.close()
        os.close(self.master)


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    yield desk
    desk.close()


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ("hello", "hello"),
        ("привет 你好", "привет 你好"),
        ("ab\x7fc", "ac"),
        ("```\rcode", "```\ncode"),
        ("one\\\rtwo", "one\ntwo"),
        ("one\ntwo", "one\ntwo"),
        ("one\x1b\rtwo", "one\ntwo"),
        ("one two  \x17three", "one three"),
        ("one\ntwo\x15three", "one\nthree"),
        ("a\x1b[A\x1b[3~b", "ab"),
        ("\x1b[24;80Rx", "x"),
        ("\x1b[200~pasted\r\ntext\x1b[201~!", "pasted\ntext!"),
    ],
)
async def test_typing_ahead_edits_a_draft(desk: Desk, keys: str, text: str) -> None:
    assert await desk.typed(keys) == text
    assert desk.stopped == 0


@pytest.mark.parametrize(
    ("keys", "queued", "text"),
    [
        ("one\rtwo\rthree", ("one", "two"), "three"),
        ("\r  \rx", (), "  x"),
        ("one\rtwo\rthree\x1b[A", ("one",), "two\nthree"),
        ("one\rtwo\r\x1b[A\x1b[A", (), "one\ntwo"),
        ("\x1b[200~pasted\ntext\n\x1b[201~more\r", ("pasted\ntext\nmore",), ""),
    ],
)
async def test_enter_queues_a_line_and_up_takes_the_last_one_back(
    desk: Desk, keys: str, queued: tuple[str, ...], text: str
) -> None:
    draft = LineDraft(None, "a")
    await desk.press(keys + LAST, draft, lambda: draft.text.endswith(LAST))
    assert (draft.queued, draft.text.removesuffix(LAST)) == (queued, text)


async def test_escape_takes_all_queued_lines_back_before_it_stops(desk: Desk) -> None:
    draft = LineDraft(None, "a")
    await desk.press(
        "one\rtwo\rx\x1b", draft, lambda: draft.text.endswith("x") and not draft.queued
    )
    assert (draft.text, desk.stopped) == ("one\ntwo\nx", 0)
    await desk.press("\x1b", draft, lambda: desk.stopped > 0)


async def test_a_large_paste_is_folded_and_one_backspace_takes_it(desk: Desk) -> None:
    paste = "\x1b[200~" + "line\n" * 40 + "\x1b[201~"
    mark = await desk.typed(paste)
    assert mark == "[40 lines: line line line line line…]"
    assert await desk.typed(f"a{paste}\x7fb") == "ab"


@pytest.mark.parametrize("keys", ["\x03", "\x1b", "abc\x03"])
async def test_ctrl_c_and_a_lone_escape_stop(desk: Desk, keys: str) -> None:
    await desk.stops(keys)
    assert desk.stopped == 1


@pytest.mark.parametrize(
    ("key", "yes"),
    [("y", True), ("Y", True), ("д", True), ("n", False), ("\r", False), ("\x1b", False)],
)
async def test_a_question_takes_the_next_key_and_only_yes_is_yes(
    desk: Desk, key: str, yes: bool
) -> None:
    draft = LineDraft(None, "a")
    keyboard = Keyboard(desk.terminal, draft, desk.pastes)
    with desk.terminal.raw(), keyboard.listening(desk.stop):
        asked = asyncio.ensure_future(keyboard.consents())
        await asyncio.sleep(0)
        os.write(desk.master, key.encode())
        assert await asyncio.wait_for(asked, 20) is yes
    assert draft.text == ""
