"""Reasoning goes to stderr, apart from the answer, and never into it."""

from __future__ import annotations

import io
from collections.abc import AsyncGenerator

from llmchat.app.ask.output.output import show_reasoning
from llmchat.render.plain import Plain
from llmchat.render.reasoning import Thoughts
from llmchat.values.events import Delta, Event, Finish, Reasoning

EVENTS = (Reasoning("Let me "), Reasoning("think."), Delta("Hello"), Finish("stop", "m"))


class Gone(io.StringIO):
    def write(self, text: str) -> int:
        raise BrokenPipeError


async def stream() -> AsyncGenerator[Event, None]:
    for event in EVENTS:
        yield event


async def test_reasoning_is_told_apart_from_the_answer() -> None:
    out, err = io.StringIO(), io.StringIO()
    await Plain(out, tty=False).show(show_reasoning(stream(), Thoughts(err)))
    assert (out.getvalue(), err.getvalue()) == ("Hello\n", "Let me think.\n\n")


async def test_hidden_reasoning_leaves_the_answer_as_it_is() -> None:
    out = io.StringIO()
    await Plain(out, tty=False).show(show_reasoning(stream(), None))
    assert out.getvalue() == "Hello\n"


async def test_a_stderr_that_is_gone_does_not_end_the_answer() -> None:
    out = io.StringIO()
    await Plain(out, tty=False).show(show_reasoning(stream(), Thoughts(Gone())))
    assert out.getvalue() == "Hello\n"
