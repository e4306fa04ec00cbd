"""JSON for programs, without a process."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncGenerator

import pytest

from llmchat.errors import RateLimited
from llmchat.render.json import BLOCK, JsonAnswer, JsonEvents, answer_object, json_text
from llmchat.values.events import Attempt, Delta, Event, Fallback, Finish, Reasoning, Usage
from llmchat.values.turn import Turn
from tests.render.attacks import ATTACKS

EVENTS: tuple[Event, ...] = (
    Fallback(Attempt("a", "blocked", 3), "b", "a blocked, trying b"),
    Reasoning("hm"),
    Delta("При"),
    Delta("вет"),
    Usage(1, 2, 3),
    Finish("stop", "m-1"),
)


def turn_of(*events: Event) -> Turn:
    turn = Turn("a", "m", lambda: 0.0, conversation="c1")
    for event in events:
        turn.take(event)
    return turn


async def stream(*events: Event) -> AsyncGenerator[Event, None]:
    for event in events:
        yield event


def test_an_answer_has_every_key() -> None:
    row = answer_object(turn_of(*EVENTS), None)
    assert row == {
        "provider": "b",
        "model": "m-1",
        "requested_model": "m",
        "conversation": "c1",
        "text": "Привет",
        "reasoning": "hm",
        "finish_reason": "stop",
        "usage": {
            "prompt_tokens": 1,
            "completion_tokens": 2,
            "total_tokens": 3,
            "cached_tokens": None,
        },
        "timing": {"first_token_ms": 0, "total_ms": 0},
        "attempts": [
            {"provider": "a", "outcome": "blocked", "ms": 3},
            {"provider": "b", "outcome": "ok", "ms": 0},
        ],
        "error": None,
    }


def test_a_failure_before_the_question_has_every_key_too() -> None:
    row = answer_object(None, RateLimited("slow", hint="wait", retry_after=5))
    assert list(row) == list(answer_object(turn_of(*EVENTS), None))
    assert row["error"] == {
        "kind": "rate_limit",
        "message": "slow",
        "hint": "wait",
        "exit_code": 7,
        "retry_after": 5,
    }


def test_a_wish_for_tools_is_a_stop() -> None:
    turn = turn_of(Delta("x"), Finish("tool_calls", "m"))
    assert answer_object(turn, None)["finish_reason"] == "stop"


async def test_lines_in_the_order_of_the_events() -> None:
    out = io.StringIO()
    lines = JsonEvents(out)
    turn = turn_of()
    lines.begin(turn)
    await lines.show(stream(*EVENTS))
    lines.end(turn_of(*EVENTS), None)
    types = [json.loads(line)["type"] for line in out.getvalue().splitlines()]
    assert types == ["start", "fallback", "reasoning", "delta", "delta", "end"]


async def test_one_object_is_one_line() -> None:
    out = io.StringIO()
    whole = JsonAnswer(out)
    whole.begin(turn_of())
    await whole.show(stream(*EVENTS))
    assert out.getvalue() == ""
    whole.end(turn_of(Delta("a\nb\u2028"), Finish("stop", "m")), None)
    assert out.getvalue().count("\n") == 1
    assert json.loads(out.getvalue())["text"] == "a\nb\u2028"


def test_a_large_answer_is_written_in_blocks_and_whole() -> None:
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, "ascii")
    text = "ж" * (BLOCK + 7) + "👋"
    JsonAnswer(out).end(turn_of(Delta(text), Finish("stop", "m")), None)
    assert json.loads(raw.getvalue().decode())["text"] == text


@pytest.mark.parametrize("attack", [*ATTACKS, "葛\U000e0172", "🏴\U000e0067\U000e007f", "a\u200db"])
def test_a_terminal_gets_the_same_json_and_nothing_that_acts(attack: str) -> None:
    shown = json_text({"text": attack}, tty=True)
    assert json.loads(shown) == {"text": attack}
    assert shown.isprintable()
    assert not any(0xE0000 <= ord(char) <= 0xE0FFF for char in shown)


def test_a_pipe_gets_the_exact_text() -> None:
    assert json_text({"text": "\x9b\x7f语言\u202e"}, tty=False) == '{"text":"\x9b\x7f语言\u202e"}'


def test_what_can_be_read_stays_readable_at_a_terminal() -> None:
    assert json_text(["Ещё 语言 😀 é\n"], tty=True, indent=2) == '[\n  "Ещё 语言 😀 é\\n"\n]'


def test_characters_above_the_basic_plane_become_a_pair() -> None:
    assert json_text("\U000e0172", tty=True) == '"\\udb40\\udd72"'


async def test_events_at_a_terminal_are_escaped() -> None:
    class Tty(io.StringIO):
        def isatty(self) -> bool:
            return True

    out = Tty()
    await JsonEvents(out).show(stream(Delta("\x9b31m\u202e")))
    assert json.loads(out.getvalue())["text"] == "\x9b31m\u202e"
    assert out.getvalue().rstrip("\n").isascii()
