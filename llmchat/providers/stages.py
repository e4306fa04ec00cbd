"""Deadlines, retries and the stream contract, as async generators around a provider's exchange;
closing the outermost closes the connection.

Why: docs/decisions/0014-the-finish-mark-decides.md.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace

from llmchat.errors import (
    EmptyAnswer,
    Filtered,
    IncompleteAnswer,
    LlmchatError,
    NotAnAnswer,
    Timeout,
)
from llmchat.language import msg
from llmchat.transport.reusable_timeout import NEVER, ReusableTimeout
from llmchat.values.calls import ToolCall
from llmchat.values.endpoint import Deadlines
from llmchat.values.events import Attempt, Delta, Event, Fallback, Finish, Image, Reasoning, Stage
from llmchat.values.flood_limits import bounded

Events = AsyncGenerator[Event, None]

# Bytes that the text of an answer takes in memory. At its end it is there up to five times (in
# pieces, joined, on its way into the history), so that 64 MB would pass 250 MB
# (docs/decisions/0080-size-of-an-answer.md).
LARGEST_ANSWER = 24 * 1024 * 1024
MOST_PIECES = 1_000_000  # of words and thoughts: more than any model writes in one answer
LARGEST_FILES = 128 * 1024 * 1024  # of the pictures and models of one answer
SHORTEST_PAUSE = 0.5
MOST_DOUBLINGS = 7  # of it: up to about a minute
LONGEST_PAUSE = 60.0  # a service that asks for more is reported instead


async def with_deadlines(events: Events, deadlines: Deadlines, *, end: float = NEVER) -> Events:
    """Waits no longer than the deadlines say: for the first content, for more, and never past
    `end`, which is the end of all attempts in the loop's time."""
    clock = asyncio.get_running_loop().time
    if end == NEVER and deadlines.total is not None:
        end = clock() + deadlines.total
    limit, begun, patience = deadlines.first_token, False, 0.0
    alarm = ReusableTimeout()
    try:
        async with aclosing(events):
            while True:
                alarm.until = min(clock() + max(limit, patience), end)
                with alarm:
                    event = await events.__anext__()
                patience = event.patience if isinstance(event, Stage) else 0.0
                if not begun and isinstance(event, Delta | Reasoning | Image):
                    limit, begun = deadlines.content, True
                yield event
    except StopAsyncIteration:
        return
    except TimeoutError:
        raise _late(begun=begun, total=alarm.until == end, deadlines=deadlines) from None
    finally:
        alarm.off()


def _late(*, begun: bool, total: bool, deadlines: Deadlines) -> Timeout:
    if total:
        return Timeout(
            msg("the answer took longer than {total:g} s", total=deadlines.total),
            hint=msg("allow more time with --timeout"),
        )
    if begun:
        return Timeout(
            msg("only keep-alives for {content:g} s", content=deadlines.content),
            hint=msg("allow more time with --content-timeout"),
        )
    return Timeout(
        msg("no answer began within {first_token:g} s", first_token=deadlines.first_token),
        hint=msg("try again, or allow more time with --first-token-timeout"),
    )


async def enforce_contract(events: Events) -> Events:
    """Enforces the contract on a provider: after the first character every failure is an incomplete
    answer, and a reply that ends without a finish mark or without any text is not an answer."""
    guard = AnswerGuard()
    finished = False
    try:
        async with aclosing(events):
            async for event in events:
                if isinstance(event, Delta | Reasoning):
                    guard.weigh(event.text)
                if isinstance(event, Delta):
                    text = guard.released(event.text)
                    if not text:
                        continue
                    event = event if text is event.text else replace(event, text=text)
                elif isinstance(event, Image):
                    guard.show(event.content)
                elif isinstance(event, ToolCall):
                    guard.call()
                elif isinstance(event, Finish):
                    finished = True
                    if rest := guard.rest(event):
                        yield Delta(rest)
                yield event
    except (Filtered, IncompleteAnswer, EmptyAnswer):
        raise
    except LlmchatError as error:
        if not guard.size:
            raise
        raise _cut(error) from error
    if not finished:
        raise IncompleteAnswer(
            msg("the stream ended without its finish mark"),
            hint=CONTINUE,
            repeat="never" if guard.size else "charged",
        )


WIDEST = 4


def _width(text: str) -> int:
    """Bytes that Python takes for each character; one emoji makes all of them wide."""
    return WIDEST if len(text.encode("utf-16-le", "surrogatepass")) > 2 * len(text) else 2


class AnswerGuard:
    """What one answer has said so far; blanks before its first word and half a character wait for
    what follows."""

    __slots__ = ("_called", "_held", "_pieces", "_shown", "_spoken", "_width", "size")

    def __init__(self) -> None:
        self.size = 0
        self._pieces = 0
        self._shown = 0
        self._called = False
        self._width = 1
        self._spoken = False
        self._held = ""

    def weigh(self, text: str) -> None:
        self.size += len(text)
        self._pieces = bounded(self._pieces + 1, MOST_PIECES)
        if self._width < WIDEST and not text.isascii():
            self._width = max(self._width, _width(text))
        if self.size * self._width > LARGEST_ANSWER:
            raise NotAnAnswer(
                msg(
                    "the answer is larger than {largest_answer} MB",
                    largest_answer=LARGEST_ANSWER >> 20,
                )
            )

    def show(self, content: bytes) -> None:
        """A picture is an answer as well."""
        self._shown += len(content)
        if self._shown > LARGEST_FILES:
            raise NotAnAnswer(
                msg(
                    "the files in the answer exceed {largest_files} MB",
                    largest_files=LARGEST_FILES >> 20,
                )
            )
        self.size += 1

    def call(self) -> None:
        """So is a call of a tool, whose reader bounds it."""
        self._called = True
        self.size += 1

    def released(self, piece: str) -> str:
        """What can be shown now."""
        text = self._held + piece
        self._held = ""
        if not self._spoken:
            self._spoken = bool(text.strip())
            if not self._spoken and len(text) < MOST_BLANKS:
                self._held = text
                return ""
        if text.isascii():
            return text
        if "\ud800" <= text[-1] <= "\udbff":
            text, self._held = text[:-1], text[-1]
        return repaired(text)

    def rest(self, finish: Finish) -> str:
        """The text that was still held back, if there was an answer at all."""
        if not (self._spoken or self._shown or self._called) and finish.reason != "filter":
            raise _empty_answer(finish)
        return repaired(self._held) if self._spoken else ""


CONTINUE = msg('to continue the answer: llmchat ask -c "go on"')
MOST_BLANKS = 1000  # more of them would only be copied again and again


def repaired(text: str) -> str:
    """Services that count as JavaScript does cut a character into two halves, which JSON lets
    through; together they are one again, and a lost half is a question mark in a box."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def _empty_answer(finish: Finish) -> EmptyAnswer:
    said = {
        "length": msg("the model reached its length limit before writing anything"),
        "tool_calls": msg("the model only asked for a tool, which is not available"),
    }
    return EmptyAnswer(
        said.get(finish.reason, msg("the service sent an empty answer")),
        hint=msg("try again, or use another model (-m)"),
    )


def _cut(error: LlmchatError) -> IncompleteAnswer:
    return IncompleteAnswer(
        msg("the answer was cut off: {message}", message=error.message),
        hint=CONTINUE,
        retry_after=error.retry_after,
        request_id=error.request_id,
    )


async def with_retries(
    attempt: Callable[[], Events],
    *,
    provider: str,
    times: int,
    end: float = NEVER,
) -> Events:
    """Asks again, at most `times` times and not past `end`, as long as nothing was shown and the
    error allows it."""
    loop = asyncio.get_running_loop()
    for count in range(times + 1):
        start = loop.time()
        shown = False
        try:
            async with aclosing(attempt()) as events:
                async for event in events:
                    shown = shown or isinstance(event, Delta | Reasoning | Image | ToolCall)
                    yield event
            return
        except LlmchatError as error:
            pause = pause_before(error, count)
            if shown or count == times or pause is None:
                raise
            if loop.time() + pause >= end:
                raise
            tried = Attempt(provider, error.kind, round((loop.time() - start) * 1000))
            again, reached = retry_line(provider, error, pause), not error.reached_nobody
            yield Fallback(tried, provider, again, pause, reached)
            await asyncio.sleep(pause)


def pause_before(
    error: LlmchatError, count: int, *, longest: float = LONGEST_PAUSE
) -> float | None:
    """Seconds until it may be sent again, after `count` failures before this one; None if it must
    not be, or the service asks for more than `longest`."""
    if error.repeat == "never":
        return None
    if error.retry_after is not None:
        return error.retry_after if error.retry_after <= longest else None
    backoff = SHORTEST_PAUSE * 2.0 ** min(count, MOST_DOUBLINGS)
    return backoff + random.uniform(0, SHORTEST_PAUSE)


def retry_line(provider: str, error: LlmchatError, pause: float) -> str:
    charged = msg(" (the first request may be billed)") if error.repeat == "charged" else ""
    return msg(
        "{provider}: {message}; retrying in {pause:.1f} s{charged}",
        provider=provider,
        message=error.message,
        pause=pause,
        charged=charged,
    )
