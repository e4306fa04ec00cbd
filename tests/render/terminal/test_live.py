"""A live answer: drawn on a clock, apart from everything else, and leaving nothing behind."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator

import pytest
from rich.table import Table

from llmchat.errors import IncompleteAnswer
from llmchat.render.answer import TerminalAnswer
from llmchat.render.reasoning import Thoughts
from llmchat.render.terminal.live import LiveMarkdown
from llmchat.render.terminal.screen import Screen
from llmchat.values.events import Delta, Event, Finish, Notice, Reasoning
from tests.render.emulator import Terminal, Tty, at_once, cut, screen_of


class Clock:
    """Sleeps until the test says that the next frame is due."""

    def __init__(self) -> None:
        self.ticks: asyncio.Queue[None] = asyncio.Queue()

    async def sleep(self, seconds: float) -> None:
        assert seconds > 0
        await self.ticks.get()


class Answer:
    """A stream whose events come one by one."""

    def __init__(self) -> None:
        self.events: asyncio.Queue[Event | BaseException] = asyncio.Queue()
        self.closed = False

    async def stream(self) -> AsyncIterator[Event]:
        try:
            while True:
                event = await self.events.get()
                if isinstance(event, BaseException):
                    raise event
                yield event
                if isinstance(event, Finish):
                    return
        finally:
            self.closed = True

    async def say(self, *events: Event | BaseException) -> None:
        for event in events:
            self.events.put_nowait(event)
        for _ in range(10 + 2 * len(events)):
            await asyncio.sleep(0)


class Stage:
    """A live answer on a terminal, with a clock that the test controls."""

    def __init__(self, terminal: Terminal, *, thoughts: bool = False) -> None:
        self.terminal, self.clock, self.answer = terminal, Clock(), Answer()
        size = (terminal.columns, terminal.rows)
        screen = Screen(Tty(terminal), lambda: size)
        err = Thoughts(Tty(terminal)) if thoughts else None
        self.live = TerminalAnswer(screen, theme="dark", reasoning=err, sleep=self.clock.sleep)
        self.task = asyncio.create_task(self.live.show(self.answer.stream()))

    async def tick(self) -> None:
        self.clock.ticks.put_nowait(None)
        for _ in range(10):
            await asyncio.sleep(0)


async def test_the_first_piece_is_drawn_at_once_and_the_next_with_the_next_frame() -> None:
    stage = Stage(Terminal())
    await stage.answer.say(Delta("Hello"))
    assert stage.terminal.text() == "Hello"
    await stage.answer.say(Delta(" wor"), Delta("ld"))
    assert stage.terminal.text() == "Hello"
    await stage.tick()
    assert stage.terminal.text() == "Hello world"
    await stage.answer.say(Finish("stop", "m"))
    await stage.task


async def test_the_last_state_is_drawn_without_waiting_for_the_clock() -> None:
    stage = Stage(Terminal())
    await stage.answer.say(Delta("one "), Delta("**two**"), Finish("stop", "m"))
    await stage.task
    assert stage.terminal.cells() == at_once("one **two**", columns=80).cells()
    assert stage.terminal.screen.cursor.y == 1
    assert stage.terminal.screen.cursor.x == 0


async def test_nothing_is_drawn_while_nothing_comes() -> None:
    stage = Stage(Terminal())
    await stage.answer.say(Delta("text"))
    before = stage.terminal.written
    await stage.tick()
    await stage.tick()
    assert stage.terminal.written == before
    stage.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stage.task


async def test_after_ctrl_c_what_came_stands_there_whole() -> None:
    """The echo of the key is overwritten, the cursor is on a line of its own, no mode is left."""
    stage = Stage(Terminal())
    await stage.answer.say(Delta("# Head\n\nsome **bold** and more"))
    stage.terminal.write("^C")
    stage.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stage.task
    assert stage.terminal.cells() == at_once("# Head\n\nsome **bold** and more", columns=80).cells()
    assert stage.terminal.screen.cursor.x == 0
    assert "?25" not in stage.terminal.written
    assert "?1049" not in stage.terminal.written
    assert stage.answer.closed


async def test_a_second_ctrl_c_while_the_connection_closes_still_leaves_it_whole() -> None:
    async def slow_to_close() -> AsyncIterator[Event]:
        try:
            yield Delta("text")
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(60)

    terminal = Terminal()
    live = TerminalAnswer(Screen(Tty(terminal), lambda: (80, 24)))
    task = asyncio.create_task(live.show(slow_to_close()))
    for _ in range(2):
        for _ in range(10):
            await asyncio.sleep(0)
        task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert terminal.text() == "text"
    assert terminal.screen.cursor.x == 0


async def test_an_error_passes_after_what_came_was_drawn() -> None:
    stage = Stage(Terminal())
    await stage.answer.say(Delta("half an ans"), IncompleteAnswer("cut"))
    with pytest.raises(IncompleteAnswer):
        await stage.task
    assert stage.terminal.text() == "half an ans"


async def test_an_answer_without_text_draws_nothing() -> None:
    stage = Stage(Terminal())
    await stage.answer.say(Notice("n"), Finish("stop", "m"))
    await stage.task
    assert stage.terminal.written == ""


async def test_a_closed_terminal_ends_the_answer() -> None:
    class Broken(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    answer = Answer()
    live = TerminalAnswer(Screen(Broken(), lambda: (80, 24)))
    task = asyncio.create_task(live.show(answer.stream()))
    await answer.say(Delta("a"))
    await answer.say(Delta("b"))
    with pytest.raises(BrokenPipeError):
        await task
    assert answer.closed


async def test_reasoning_stands_dim_above_the_answer() -> None:
    stage = Stage(Terminal(), thoughts=True)
    await stage.answer.say(Reasoning("Let me "), Reasoning("think"), Delta("Answer"))
    await stage.answer.say(Finish("stop", "m"))
    await stage.task
    assert stage.terminal.text() == "Let me think\n\nAnswer"
    assert "\x1b[2mthink\x1b[m" in stage.terminal.written


async def test_reasoning_in_the_middle_does_not_tear_the_answer() -> None:
    stage = Stage(Terminal(), thoughts=True)
    await stage.answer.say(Delta("First para\n\nsecond"))
    await stage.answer.say(Reasoning("hm\n"), Delta(" half"), Finish("stop", "m"))
    await stage.task
    assert stage.terminal.text() == "First para\nhm\n\n\nsecond half"


async def test_hidden_reasoning_is_not_written() -> None:
    stage = Stage(Terminal())
    await stage.answer.say(Reasoning("secret thoughts"), Delta("Answer"), Finish("stop", "m"))
    await stage.task
    assert stage.terminal.text() == "Answer"


async def test_others_may_write_aside() -> None:
    stage = Stage(Terminal())
    await stage.answer.say(Delta("open text"))
    with stage.live.aside():
        stage.terminal.write("a notice\r\n")
    await stage.tick()
    assert stage.terminal.text() == "a notice\nopen text"
    await stage.answer.say(Delta(" goes on"), Finish("stop", "m"))
    await stage.task
    assert stage.terminal.text() == "a notice\nopen text goes on"


def test_frames_are_synchronized_where_the_terminal_can() -> None:
    out = io.StringIO()
    live = LiveMarkdown(Screen(out, lambda: (80, 24), synchronized=True))
    live.feed("text")
    live.frame()
    live.frame()
    assert out.getvalue() == "\x1b[?2026htext\x1b[?2026l"


def test_a_terminal_without_a_cursor_gets_settled_rows_only() -> None:
    """TERM=dumb: each row once, no escape sequence."""
    out = io.StringIO()
    screen = Screen(out, lambda: (20, 24), colour=False, attributes=False, cursor=False)
    with LiveMarkdown(screen) as live:
        for piece in cut("# H\n\npara **bold** text that folds\n\n- a\n- b\n", 1):
            live.feed(piece)
            live.frame()
        live.end()
    assert out.getvalue() == "# H\n\npara **bold** text\nthat folds\n\n• a\n• b\n"


def test_what_others_print_stands_above_the_open_rows() -> None:
    """A table or an error may come with the same console at any time, Rich's own way."""
    terminal = Terminal(40, 10)
    with LiveMarkdown(screen_of(terminal)) as live:
        live.feed("Settled.\n\n" + "open " * 12)
        live.frame()
        table = Table("a notice", "语言")
        table.add_row("1", "模型")
        live.console.print(table)
        live.feed("end " + "x" * 60)
        live.frame()
        live.end()
    rows = terminal.text().split("\n")
    assert rows[0] == "Settled."
    assert "a notice" in rows[2]
    assert " ".join(rows[7:]).split()[:13] == ["open"] * 12 + ["end"]
    assert terminal.text().count("Settled") == 1


def test_the_cursor_is_never_hidden() -> None:
    terminal = Terminal()
    with LiveMarkdown(screen_of(terminal)) as live:
        live.feed("text")
        live.end()
    assert "?25" not in terminal.written


class Resized(Tty):
    """A terminal whose size changes during an answer."""

    size = (80, 24)

    def screen(self) -> Screen:
        return Screen(self, lambda: self.size)


@pytest.mark.parametrize("columns", [50, 100])
def test_a_resize_in_the_middle_leaves_no_duplicate(columns: int) -> None:
    """The open rows are drawn anew, what is settled stays as the terminal folded it."""
    stream = Resized(Terminal(80, 24))
    live = LiveMarkdown(stream.screen(), "dark")
    live.feed("Settled.\n\nThe open paragraph has " + "some words " * 8)
    live.frame()
    open_rows = [row for row in stream.terminal.text().split("\n") if row][1:]
    stream.size = (columns, 24)
    stream.terminal = Terminal(columns, 24)
    stream.terminal.write("Settled.\r\n\r\n" + "\r\n".join(open_rows))
    live.feed("to the end.")
    live.frame()
    live.end()
    text = " ".join(stream.terminal.text().split())
    assert text.count("The open paragraph") == 1
    assert text.endswith("words to the end.")


def test_a_screen_that_became_lower_is_not_painted_beyond_its_top() -> None:
    stream = Resized(Terminal(40, 24))
    stream.size = (40, 24)
    live = LiveMarkdown(stream.screen())
    live.feed("| a |\n|---|\n" + "".join(f"| {n} |\n" for n in range(10)))
    live.frame()
    stream.size = (40, 5)
    live.feed("| x |\n")
    before = len(stream.terminal.written)
    live.frame()
    assert stream.terminal.written[before:].startswith("\x1b[4A\r\x1b[J")


def test_the_emulator_is_a_judge_that_can_say_no() -> None:
    assert at_once("a", columns=20).cells() != at_once("**a**", columns=20).cells()
    assert screen_of(Terminal()).size() == (80, 24)
