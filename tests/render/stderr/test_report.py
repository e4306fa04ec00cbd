"""stderr: lines that are clean, masked and few; a stream that is gone disturbs nobody."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncGenerator

import pytest

from llmchat.errors import AuthError, RateLimited, UsageError
from llmchat.render.stderr.report import Report
from llmchat.render.stderr.spinner import ERASE_LINE
from llmchat.values.events import Alert, Attempt, Delta, Event, Fallback, Finish, Notice
from llmchat.values.secret import Secret


def test_an_error_is_two_lines() -> None:
    stream = io.StringIO()
    Report(stream).error(AuthError("refused", hint="llmchat auth x"))
    assert stream.getvalue() == "llmchat: refused\n  llmchat auth x\n"


def test_an_error_says_when_and_for_which_request() -> None:
    stream = io.StringIO()
    Report(stream).error(RateLimited("slow", hint="h", retry_after=90, request_id="r1"))
    assert stream.getvalue().startswith("llmchat: slow; try again in 90 s (request r1)\n")


def test_a_wait_is_told_in_whole_seconds_that_suffice() -> None:
    stream = io.StringIO()
    Report(stream).error(RateLimited("slow", hint="h", retry_after=2.5))
    assert stream.getvalue().startswith("llmchat: slow; try again in 3 s\n")


def test_a_long_message_is_told_without_its_middle() -> None:
    """A key at the cut is masked before it is cut."""
    stream = io.StringIO()
    key = "canary-of-a-key"
    text = "no file " + "x" * 985 + key + "y" * 50_000
    report = Report(stream, secrets=lambda: [Secret(key)])
    report.error(UsageError(text + " is there", hint="h"))
    said, hint = stream.getvalue().splitlines()
    assert said.startswith("llmchat: no file xxx")
    assert said.endswith("yyy is there")
    assert (len(said) < 2_100, "canary" in said, hint) == (True, False, "  h")


def test_foreign_text_stays_on_its_line_and_masked() -> None:
    stream = io.StringIO()
    report = Report(stream, secrets=lambda: [Secret("canary-of-a-key")])
    report.error(AuthError("no canary-of-a-key\x1b[2J\r\nllmchat: all is well\x07", hint="h"))
    lines = stream.getvalue().splitlines()
    assert len(lines) == 2
    assert "canary" not in lines[0]
    assert "\x1b" not in lines[0]


def test_quiet_leaves_errors_and_warnings() -> None:
    stream = io.StringIO()
    report = Report(stream, quiet=True)
    assert not report.notice("n")
    report.warning("w")
    assert stream.getvalue() == "llmchat: w\n"
    assert Report(stream).notice("n")


def test_colour_is_asked_for() -> None:
    stream = io.StringIO()
    Report(stream, color=True).error(AuthError("x", hint="y"))
    assert stream.getvalue() == "\x1b[31mllmchat:\x1b[0m x\n\x1b[2m  y\x1b[0m\n"


class Gone(io.StringIO):
    def write(self, text: str) -> int:
        raise OSError(28, "No space left on device")


@pytest.mark.parametrize("stream", [None, Gone()])
def test_a_stream_that_is_gone_is_no_error(stream: io.StringIO | None) -> None:
    Report(stream).warning("w")


def test_what_the_encoding_has_not_is_replaced() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, "ascii", write_through=True)
    Report(stream).warning("привет")
    assert raw.getvalue() == b"llmchat: ??????\n"


async def slow(*events: Event, after: float = 0.35) -> AsyncGenerator[Event, None]:
    await asyncio.sleep(after)
    for event in events:
        yield event


async def test_the_spinner_is_gone_before_the_first_character() -> None:
    stream = io.StringIO()
    report = Report(stream, tty=True)
    async for event in report.with_notices(slow(Delta("x"), Finish("stop", "m")), "a"):
        if isinstance(event, Delta):
            assert stream.getvalue().endswith(ERASE_LINE)
    assert stream.getvalue().count(ERASE_LINE) >= 2


async def test_notices_are_lines_in_their_order() -> None:
    stream = io.StringIO()
    setback = Fallback(Attempt("a", "blocked", 1), "b", "a blocked, trying b")
    told = [e async for e in Report(stream).with_notices(slow(Notice("n"), setback), "a")]
    assert told == [Notice("n"), setback]
    assert stream.getvalue() == "n\na blocked, trying b\n"


async def test_an_alert_is_told_to_whoever_wants_it_quiet() -> None:
    stream = io.StringIO()
    report = Report(stream, quiet=True)
    assert [e async for e in report.with_notices(slow(Notice("n"), Alert("lost")), "a")]
    assert stream.getvalue() == "llmchat: lost\n"


async def test_a_question_has_its_line_for_itself() -> None:
    stream = io.StringIO()
    report = Report(stream, tty=True)
    events = report.with_notices(slow(Delta("x"), after=2), "a")
    waiting = asyncio.create_task(anext(events))
    await asyncio.sleep(0.25)
    with report.asking():
        before = stream.getvalue()
        await asyncio.sleep(0.1)
        assert stream.getvalue() == before
    await waiting
    await events.aclose()


def test_debug_shows_where_an_error_came_from_without_secrets() -> None:
    stream = io.StringIO()
    environ = {"LLMCHAT_DEBUG": "1", "OPENAI_API_KEY": "sk-canary-1234567890"}
    try:
        raise UsageError("no \x1b[2J sk-canary-1234567890", hint="try")
    except UsageError as error:
        Report(stream, environ=environ).error(error)
    shown = stream.getvalue()
    assert shown.startswith("Traceback (most recent call last):\n")
    assert shown.endswith("\n  try\n")
    assert "\x1b" not in shown
    assert "canary" not in shown.partition("llmchat: ")[0]
