"""Below a growing answer: who answers, for how long, and what is typed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest

from llmchat.render.answer import TerminalAnswer
from llmchat.render.reasoning import Thoughts
from llmchat.render.terminal.screen import Screen
from llmchat.render.width import width
from llmchat.repl.answering.footer import Footer
from llmchat.repl.input.drafts import LineDraft
from llmchat.repl.input.toolbar import turn_facts
from llmchat.values.events import Delta, Event, Finish, Reasoning, Usage
from llmchat.values.turn import Turn
from tests.render.emulator import Terminal, Tty
from tests.terminals.person import Chat


def typed_so_far(text: str, *queued: str) -> LineDraft:
    draft = LineDraft(None, "a")
    for line in queued:
        draft.text = line
        draft.enqueue()
    draft.text = text
    return draft


@pytest.mark.parametrize("columns", [20, 40, 80])
@pytest.mark.parametrize(
    "typed", ["", "short", "длинная строка " * 9, "很长的一行" * 20, "a\nb\nc\nd"]
)
def test_it_fits_the_screen_and_shows_the_end_of_what_is_typed(typed: str, columns: int) -> None:
    lines = Footer("gigachat/GigaChat-2-Max", typed_so_far(typed), utf8=True)(columns)
    assert max(width(text) for text, _ in lines) < columns
    assert len(lines) <= 4
    assert lines[-1][0].rstrip().endswith(typed.split("\n")[-1].rstrip()[-3:])


@pytest.mark.parametrize("columns", [20, 40, 80])
def test_queued_lines_are_shown_above_what_is_typed(columns: int) -> None:
    draft = typed_so_far("now", "one", "длинная строка " * 9, "a\x1b[2J\nb", "four")
    lines = [text for text, _ in Footer("demo", draft, utf8=True)(columns)]
    assert max(map(width, lines)) < columns
    assert lines[1:2] == ["then: 1 more"]
    assert lines[-3].startswith("then: a")
    assert "\x1b" not in "".join(lines)
    assert lines[-2:] == ["then: four", "> now"]


def test_it_says_who_is_waited_for_and_who_answers() -> None:
    footer = Footer("a", typed_so_far(""), utf8=False)
    assert "waiting for a" in footer(80)[0][0]
    footer.say_stage("getting a token")
    assert "a: getting a token" in footer(80)[0][0]
    footer.wait_for("b")
    footer.say_answering()
    assert "b is answering" in footer(80)[0][0]


async def events(*parts: Event | float) -> AsyncGenerator[Event, None]:
    for part in parts:
        if isinstance(part, float):
            await asyncio.sleep(part)
        else:
            yield part


async def test_it_stands_below_the_open_rows_and_is_gone_at_the_end() -> None:
    terminal, seen = Terminal(40, 12), list[str]()
    footer = Footer("demo", typed_so_far("typed"), utf8=True)
    answer = TerminalAnswer(Screen(Tty(terminal), lambda: (40, 12)), footer=footer)

    async def watched() -> AsyncGenerator[Event, None]:
        async for event in events(Delta("one\n\ntwo"), 0.5, Finish("stop", "m")):
            seen.append(terminal.text())
            yield event

    await answer.show(watched())
    assert seen[-1].split("\n")[:4] == ["one", "", "two", ""]
    assert seen[-1].endswith("> typed")
    assert terminal.text() == "one\n\ntwo"


async def test_thoughts_stand_above_the_answer_and_the_footer_below_them() -> None:
    terminal = Terminal(40, 12)
    tty = Tty(terminal)
    footer = Footer("demo", typed_so_far("typed"), utf8=True)
    answer = TerminalAnswer(Screen(tty, lambda: (40, 12)), reasoning=Thoughts(tty), footer=footer)
    await answer.show(events(Reasoning("hmm, "), 0.4, Reasoning("so"), Delta("yes"), 0.1))
    assert terminal.text() == "hmm, so\n\nyes"
    assert "> typed" in terminal.written


def test_what_is_typed_during_an_answer_is_seen_at_once(chat: Chat) -> None:
    me = chat("-o", "delay_ms", "60", "-o", "tokens", "200", columns=60)
    me.prompt()
    me.say("hello")
    me.see("demo is answering")
    me.type("мимо 你好")
    me.until(
        lambda: any(line.startswith("> мимо") for line in me.display),
        "the typed line",
    )
    assert "Ctrl-C stops" in me.text
    me.press("ctrl-c")
    me.see("Stopped.")


def test_an_answer_in_one_piece_has_no_speed() -> None:
    now = 0.0
    turn = Turn("a", "m", lambda: now)
    turn.take(Delta("all at once"))
    turn.take(Usage(1, 109, 110))
    turn.take(Finish("stop", "m"))
    assert turn_facts(turn)[2] == ""
