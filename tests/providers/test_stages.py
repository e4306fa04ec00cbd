"""The stages that every stream passes: deadlines, the contract, repeats."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing

import pytest

from llmchat.errors import (
    EmptyAnswer,
    Filtered,
    IncompleteAnswer,
    LlmchatError,
    NetworkError,
    RateLimited,
    Timeout,
)
from llmchat.providers.stages import (
    Events,
    enforce_contract,
    pause_before,
    with_deadlines,
    with_retries,
)
from llmchat.transport.reusable_timeout import ReusableTimeout
from llmchat.values.calls import ToolCall
from llmchat.values.endpoint import Deadlines
from llmchat.values.events import Delta, Event, Fallback, Finish, Notice, Reasoning, Usage
from llmchat.values.turn import Turn

DONE = Finish("stop", "m")


async def events(*said: Event | float | Exception) -> Events:
    """A stream of events: a number is a pause, an error is raised."""
    for item in said:
        if isinstance(item, int | float):
            await asyncio.sleep(item)
        elif isinstance(item, Exception):
            raise item
        else:
            yield item


async def kept(stream: AsyncGenerator[Event, None]) -> tuple[list[Event], LlmchatError | None]:
    said: list[Event] = []
    try:
        async for event in stream:
            said.append(event)
    except LlmchatError as error:
        return said, error
    return said, None


# Deadlines


@pytest.mark.parametrize(
    ("said", "deadlines", "message"),
    [
        ((9,), Deadlines(first_token=0.05), "no answer began within 0.05 s"),
        ((Usage(), 9), Deadlines(first_token=0.05), "no answer began"),
        ((Delta("a"), 9), Deadlines(content=0.05), "only keep-alives for 0.05 s"),
        ((Reasoning("a"), 9), Deadlines(content=0.05), "only keep-alives"),
        ((Delta("a"), 9), Deadlines(total=0.05), "longer than 0.05 s"),
        ((9,), Deadlines(total=0.05), "longer than 0.05 s"),
    ],
)
async def test_each_deadline_ends_the_wait_and_says_which_it_was(
    said: tuple[Event | float, ...], deadlines: Deadlines, message: str
) -> None:
    _, error = await kept(with_deadlines(events(*said), deadlines))
    assert isinstance(error, Timeout)
    assert (error.exit_code, message in error.message) == (6, True), error.message
    assert error.hint


async def test_the_total_counts_while_pieces_keep_coming() -> None:
    dripping = [item for _ in range(100) for item in (0.02, Delta("a"))]
    said, error = await kept(with_deadlines(events(*dripping), Deadlines(total=0.5)))
    assert isinstance(error, Timeout)
    assert 0 < len(said) < 100


async def test_a_deadline_begins_anew_with_each_piece() -> None:
    dripping = [item for _ in range(10) for item in (0.1, Delta("a"))]
    deadlines = Deadlines(first_token=0.8, content=0.8)
    assert await kept(with_deadlines(events(*dripping, DONE), deadlines)) == (
        [Delta("a")] * 10 + [DONE],
        None,
    )


async def test_the_time_that_the_reader_takes_is_not_the_services() -> None:
    """A person who scrolls, or a full pipe, is not a silence of the service."""
    stream = with_deadlines(events(Delta("a"), Delta("b"), DONE), Deadlines(content=0.05))
    said = []
    async for event in stream:
        said.append(event)
        await asyncio.sleep(0.12)
    assert said == [Delta("a"), Delta("b"), DONE]


async def test_a_late_service_is_closed() -> None:
    closed = asyncio.Event()

    async def service() -> Events:
        try:
            await asyncio.sleep(9)
            yield DONE
        finally:
            closed.set()

    await kept(with_deadlines(service(), Deadlines(first_token=0.02)))
    assert closed.is_set()


async def test_a_cancelled_wait_is_cancelled_and_not_late() -> None:
    async def wait() -> None:
        await kept(with_deadlines(events(9), Deadlines(first_token=5)))

    task = asyncio.create_task(wait())
    await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("alarm_first", [True, False])
async def test_an_alarm_and_a_cancellation_at_once_are_a_cancellation(alarm_first: bool) -> None:
    """As with asyncio.timeout: a cancellation from outside must not become a time-out."""
    alarm = ReusableTimeout(asyncio.get_running_loop().time() - 1)

    async def wait() -> None:
        with alarm:
            await asyncio.sleep(9)

    task = asyncio.create_task(wait())
    await asyncio.sleep(0)
    for step in (alarm.ring, task.cancel) if alarm_first else (task.cancel, alarm.ring):
        step()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_an_alarm_rings_only_inside_its_block_and_may_be_used_again() -> None:
    alarm = ReusableTimeout(asyncio.get_running_loop().time() + 0.01)
    with alarm:
        pass
    await asyncio.sleep(0.05)
    with pytest.raises(TimeoutError), alarm:
        await asyncio.sleep(9)
    task = asyncio.current_task()
    assert task
    assert task.cancelling() == 0
    alarm.until = asyncio.get_running_loop().time() + 9
    with alarm:
        await asyncio.sleep(0)
    alarm.off()


async def test_an_alarm_whose_time_comes_earlier_is_set_earlier() -> None:
    now = asyncio.get_running_loop().time()
    alarm = ReusableTimeout(now + 60)
    with alarm:
        await asyncio.sleep(0)
    alarm.until = now + 0.02
    with pytest.raises(TimeoutError), alarm:
        await asyncio.sleep(9)
    alarm.off()


# The contract

LOST = NetworkError("the connection was lost", repeat="charged", request_id="r1")


@pytest.mark.parametrize(
    ("said", "expected", "words"),
    [
        ((), IncompleteAnswer, "without its finish mark"),
        ((Delta("a"),), IncompleteAnswer, "without its finish mark"),
        ((DONE,), EmptyAnswer, "empty"),
        ((Reasoning("a"), DONE), EmptyAnswer, "empty"),
        ((LOST,), NetworkError, "lost"),
        ((Delta("a"), LOST), IncompleteAnswer, "was cut off: the connection was lost"),
        ((Reasoning("a"), LOST), IncompleteAnswer, "was cut"),
        ((Delta("a"), Filtered("no")), Filtered, "no"),
        ((Delta("a"), RateLimited("slow")), IncompleteAnswer, "was cut off: slow"),
    ],
)
async def test_what_is_no_whole_answer_is_an_error_of_its_kind(
    said: tuple[Event | Exception, ...], expected: type[LlmchatError], words: str
) -> None:
    came, error = await kept(enforce_contract(events(*said)))
    assert (type(error), words in str(error)) == (expected, True), error
    assert [e for e in came if e != DONE] == [e for e in said if isinstance(e, Delta | Reasoning)]


async def test_a_filter_may_refuse_without_a_word() -> None:
    finish = Finish("filter", "m")
    assert await kept(enforce_contract(events(finish))) == ([finish], None)


@pytest.mark.parametrize(
    ("finish", "words"),
    [
        (Finish("length", "m"), "length limit before writing anything"),
        (Finish("tool_calls", "m"), "asked for a tool"),
    ],
)
async def test_an_end_without_a_word_says_why(finish: Finish, words: str) -> None:
    _, error = await kept(enforce_contract(events(finish)))
    assert isinstance(error, EmptyAnswer)
    assert words in error.message


async def test_blanks_alone_are_no_answer_and_are_not_shown() -> None:
    came, error = await kept(enforce_contract(events(Delta(" \n"), DONE)))
    assert (came, type(error)) == ([], EmptyAnswer)


async def test_a_cut_answer_keeps_what_the_service_said_of_the_request() -> None:
    _, error = await kept(enforce_contract(events(Delta("a"), LOST)))
    assert error is not None
    assert (error.request_id, error.repeat, error.exit_code) == ("r1", "never", 10)
    assert "ask -c" in error.hint


@pytest.mark.parametrize(
    ("piece", "count"),
    [("a" * 2**20, 24), ("ж" * 2**20, 12), ("👋" + "a" * (2**20 - 1), 6)],
    ids=["ascii", "two bytes", "one emoji"],
)
async def test_an_answer_is_bounded_by_what_it_takes_in_memory(piece: str, count: int) -> None:
    for kind in (Delta, Reasoning):
        whole = await kept(enforce_contract(events(*[kind(piece)] * count, Delta(""), DONE)))
        assert whole[1] is None or kind is Reasoning
        _, error = await kept(enforce_contract(events(*[kind(piece)] * (count + 1), DONE)))
        assert isinstance(error, IncompleteAnswer)
        assert "24 MB" in error.message


# Repeats


def attempts(*tries: tuple[Event | Exception, ...]) -> tuple[Callable[[], Events], list[int]]:
    left, made = list(tries), []

    def attempt() -> Events:
        made.append(1)
        return events(*left.pop(0))

    return attempt, made


def failing(repeat: str = "free", retry_after: float | None = 0.0) -> NetworkError:
    return NetworkError("refused", repeat=repeat, retry_after=retry_after)  # type: ignore[arg-type]


async def test_what_may_be_repeated_is_repeated_twice_and_told_each_time() -> None:
    attempt, made = attempts(*[(failing(),)] * 3)
    said, error = await kept(with_retries(attempt, provider="p", times=2))
    assert len(made) == 3
    assert isinstance(error, NetworkError)
    assert [type(event) for event in said] == [Fallback, Fallback]
    assert isinstance(said[0], Fallback)
    assert said[0].text == "p: refused; retrying in 0.0 s"
    assert (said[0].attempt.provider, said[0].attempt.outcome) == ("p", "network")


async def test_the_pause_before_an_attempt_is_no_part_of_its_time() -> None:
    attempt, _ = attempts((failing(retry_after=0.3),), (Delta("a"), DONE))
    turn = Turn("p", "m", asyncio.get_running_loop().time)
    async for event in with_retries(attempt, provider="p", times=2):
        turn.take(event)
    assert [tried.outcome for tried in turn.attempts] == ["network", "ok"]
    assert all(tried.ms < 150 for tried in turn.attempts)


async def test_a_repeat_that_may_be_charged_twice_says_so() -> None:
    attempt, _ = attempts((failing("charged"),), (Delta("a"), DONE))
    said, error = await kept(with_retries(attempt, provider="p", times=2))
    assert error is None
    assert isinstance(said[0], Fallback)
    assert "may be billed" in said[0].text
    assert said[1:] == [Delta("a"), DONE]


@pytest.mark.parametrize(
    "first",
    [
        (failing("never"),),
        (Delta("a"), failing()),
        (Reasoning("a"), failing()),
        (ToolCall("1", "f"), failing()),
        (failing(retry_after=61.0),),
    ],
    ids=["never", "after text", "after reasoning", "after a call", "too long a wait"],
)
async def test_what_must_not_be_repeated_is_not(first: tuple[Event | Exception, ...]) -> None:
    attempt, made = attempts(first, (Delta("b"), DONE))
    said, error = await kept(with_retries(attempt, provider="p", times=2))
    assert isinstance(error, NetworkError)
    assert len(made) == 1
    assert not any(isinstance(event, Fallback) for event in said)


async def test_a_notice_before_the_failure_does_not_forbid_the_repeat() -> None:
    attempt, made = attempts((Notice("waiting"), failing()), (Delta("b"), DONE))
    _, error = await kept(with_retries(attempt, provider="p", times=1))
    assert (error, len(made)) == (None, 2)


async def test_without_retry_after_the_pauses_grow_with_jitter() -> None:
    for count, low in ((0, 0.5), (1, 1.0), (7, 64.0), (5000, 64.0)):
        for _ in range(20):
            pause = pause_before(failing(retry_after=None), count)
            assert pause is not None
            assert low <= pause <= low + 0.5


async def test_no_repeat_begins_that_would_pass_the_total() -> None:
    attempt, made = attempts(*[(failing(retry_after=5.0),)] * 3)
    end = asyncio.get_running_loop().time() + 1
    _, error = await kept(with_retries(attempt, provider="p", times=2, end=end))
    assert (len(made), isinstance(error, NetworkError)) == (1, True)


async def test_closing_the_outermost_stage_closes_the_innermost() -> None:
    closed: list[str] = []

    async def service() -> AsyncIterator[Event]:
        try:
            yield Delta("a")
            await asyncio.sleep(9)
        finally:
            closed.append("service")

    def attempt() -> Events:
        return enforce_contract(with_deadlines(service(), Deadlines()))  # type: ignore[arg-type]

    async with aclosing(with_retries(attempt, provider="p", times=2)) as stream:
        async for _ in stream:
            break
    assert closed == ["service"]
