"""Answers beside each other, as a person sees them at several widths."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from llmchat.render.terminal.screen import Screen
from llmchat.render.terminal.side_by_side import SideBySide, fits
from llmchat.render.width import width
from llmchat.values.events import Delta, Event
from llmchat.values.parallel_answers import AnswerPart
from tests.render.emulator import Terminal, Tty

LONG = "A sentence that is long enough to be folded in every column. " * 3
CODE = "```python\nprint('Привет, 你好')\n```\n"


def screen_at(tty: Tty, size: list[int]) -> Screen:
    return Screen(tty, lambda: (size[0], size[1]), colour=False, attributes=False)


async def drawn(size: list[int], parts: list[AnswerPart | int], labels: list[str]) -> Terminal:
    """A number between the parts is another width of the screen."""
    terminal = Terminal(size[0], size[1])
    shown = SideBySide(
        screen_at(Tty(terminal), size),
        labels,
        lambda n: (f"end {n}", "hint"),
        waiting=lambda: "waiting",
    )

    async def events() -> AsyncIterator[AnswerPart | Event]:
        for part in parts:
            if isinstance(part, int):
                size[0] = part
                terminal.screen.resize(columns=part)
            else:
                yield part
            shown.frame()
            await asyncio.sleep(0)

    await shown.show(events())
    return terminal


def ended(*texts: str) -> list[AnswerPart | int]:
    pieces: list[AnswerPart | int] = []
    for at in range(max(map(len, texts))):
        for n, text in enumerate(texts):
            if at < len(text):
                pieces.append(AnswerPart(n, Delta(text[at])))
    return [*pieces, *(AnswerPart(n) for n in range(len(texts)))]


@pytest.mark.parametrize(("columns", "count"), [(200, 6), (100, 3), (100, 2), (64, 2)])
async def test_columns_stand_straight_and_say_everything(columns: int, count: int) -> None:
    texts = [LONG, CODE, "short", LONG, CODE, "- a\n- b\n"][:count]
    labels = [f"model-{n}" for n in range(count)]
    terminal = await drawn([columns, 24], ended(*texts), labels)
    lines = [line for line in terminal.text().splitlines() if line.strip()]
    bars = {tuple(i for i, c in enumerate(line) if c == "│") for line in lines if "你" not in line}
    assert len({len(places) for places in bars}) == 1
    assert all(width(line) <= columns for line in lines)
    for n in range(count):
        assert f"end {n}" in terminal.text()
        assert f"model-{n}" in lines[0]


async def test_a_slow_answer_is_seen_beside_one_longer_than_the_screen() -> None:
    parts: list[AnswerPart | int] = [AnswerPart(1, Delta("first words"))]
    parts += [AnswerPart(0, Delta(f"line {n}\n\n")) for n in range(60)]
    terminal = Terminal(80, 10)
    shown = SideBySide(
        screen_at(Tty(terminal), [80, 10]),
        ["a", "b"],
        lambda n: ("", "hint"),
        waiting=lambda: "waiting",
    )
    for part in parts:
        assert isinstance(part, AnswerPart)
        shown._take(part)
    shown.frame()
    assert "line 59" in terminal.text()
    assert "first words" in terminal.text()


async def test_what_waits_says_so() -> None:
    terminal = Terminal(80, 10)
    shown = SideBySide(
        screen_at(Tty(terminal), [80, 10]),
        ["a", "b"],
        lambda n: ("", "hint"),
        waiting=lambda: "waiting, 3 s",
    )
    shown.frame()
    assert terminal.text().count("waiting, 3 s") == 2


@pytest.mark.parametrize("columns", [89, 90, 91, 92])
async def test_an_echoed_ctrl_c_leaves_no_row_behind(columns: int) -> None:
    """The rows end near the edge of the screen; beyond it everything would be drawn a row lower."""
    assert await stopped(columns, echo="^C") == await stopped(columns, echo="")


async def stopped(columns: int, *, echo: str) -> str:
    """What is seen at the end when a person stops both answers."""
    terminal = Terminal(columns, 24)
    shown = SideBySide(
        screen_at(Tty(terminal), [columns, 24]),
        ["a", "b"],
        lambda n: ("stopped", "hint"),
        waiting=lambda: "waiting, 3 s",
    )

    async def events() -> AsyncIterator[AnswerPart | Event]:
        yield AnswerPart(0, Delta(LONG))
        shown.frame()
        terminal.write(echo)
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await shown.show(events())
    return terminal.text()


async def test_another_width_draws_all_of_it_anew() -> None:
    parts = ended(LONG, LONG)
    half = len(parts) // 2
    terminal = await drawn([100, 40], [*parts[:half], 70, *parts[half:]], ["a", "b"])
    assert terminal.text().count("end 0") == 1
    last = next(line for line in terminal.text().splitlines() if "end 0" in line)
    assert width(last) <= 70


async def test_control_characters_of_an_answer_or_a_name_do_nothing() -> None:
    terminal = await drawn([80, 20], ended("\x1b[2Jgone\x1b]0;title\x07", "b"), ["a\x1b[31m", "b"])
    assert "gone" in terminal.text()
    assert "end 0" in terminal.text()


def test_a_narrow_screen_is_not_divided() -> None:
    tty = Tty(Terminal())
    assert fits(2, screen_at(tty, [63, 24]))
    assert not fits(2, screen_at(tty, [60, 24]))
    assert not fits(2, Screen(tty, lambda: (200, 24), cursor=False))
