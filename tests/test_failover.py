"""`auto` without a network: who is asked after whom, and when nobody is."""

from __future__ import annotations

from asyncio import CancelledError
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing

import pytest

from llmchat.errors import (
    AllFailed,
    Blocked,
    EmptyPrompt,
    Filtered,
    IncompleteAnswer,
    LlmchatError,
    NetworkError,
    RateLimited,
    SecretRefused,
    Timeout,
    UnknownModel,
)
from llmchat.failover import Candidate, Failover, Unsent
from llmchat.values.calls import ToolCall
from llmchat.values.events import Attempt, Delta, Event, Fallback, Finish, Notice, Reasoning
from llmchat.values.messages import Message, Request

REQUEST = Request("", (Message("user", "hi"),))
DONE = Finish("stop", "m")


class Said:
    """A provider that sends scripted events."""

    def __init__(
        self, name: str, *script: Event | LlmchatError, cannot: LlmchatError | None = None
    ):
        self.id = name
        self.script = script
        self.cannot = cannot
        self.asked: list[Request] = []
        self.closed = False

    def prepare(self, request: Request) -> Request:
        if self.cannot:
            raise self.cannot
        return request

    async def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        self.asked.append(request)
        self.asked_model = request.model
        for event in self.script:
            if isinstance(event, LlmchatError):
                raise event
            yield event

    async def aclose(self) -> None:
        self.closed = True


async def everybody(candidate: Candidate, request: Request) -> None:
    """Admits every text."""


def failover(
    providers: Sequence[Said],
    admit: Callable[..., object] = everybody,
    ticks: Callable[[], float] = lambda: 0.0,
) -> Failover:
    def candidate(provider: Said) -> Candidate:
        return Candidate(provider.id, "keyless", lambda: provider, model=f"m-{provider.id}")

    return Failover(
        [candidate(p) for p in providers],
        admit=admit,  # type: ignore[arg-type]  # coroutines of the tests
        ticks=ticks,
        hint="-p demo",
    )


async def told(asks: Failover) -> tuple[list[Event], LlmchatError | None]:
    events: list[Event] = []
    try:
        async with aclosing(asks.stream(REQUEST)) as stream:
            async for event in stream:
                events.append(event)
    except LlmchatError as error:
        return events, error
    return events, None


async def test_the_second_answers_when_the_first_is_blocked() -> None:
    first, second = Said("a", Blocked("banned")), Said("b", Delta("x"), DONE)
    events, error = await told(failover([first, second]))
    setback, *rest = events
    assert isinstance(setback, Fallback)
    assert (setback.text, setback.provider, setback.attempt.outcome) == (
        "a blocked, trying b",
        "b",
        "blocked",
    )
    assert (rest, error) == ([Delta("x"), DONE], None)
    assert [p.asked[0].model for p in (first, second)] == ["m-a", "m-b"]


async def test_the_error_of_a_single_one_keeps_its_cause() -> None:
    refused, cause = NetworkError("refused"), ConnectionRefusedError()
    refused.__cause__ = cause
    _, error = await told(failover([Said("a", refused)]))
    assert error is refused
    assert error.__cause__ is cause


async def test_what_was_repeated_before_is_no_part_of_the_time_of_the_last_attempt() -> None:
    again = Fallback(Attempt("a", "network", 1000), "a", "retrying", pause=2.0)
    first, second = Said("a", again, NetworkError("refused")), Said("b", Delta("x"), DONE)
    ticks = iter([0.0, 1.0, 3.5, 3.5])
    events, _ = await told(failover([first, second], ticks=lambda: next(ticks)))
    moved = events[1]
    assert isinstance(moved, Fallback)
    assert moved.attempt == Attempt("a", "network", 500)


@pytest.mark.parametrize("seen", [Delta("x"), Reasoning("hm"), ToolCall("1", "f")])
async def test_nobody_else_is_asked_once_something_was_seen(seen: Event) -> None:
    second = Said("b", Delta("y"), DONE)
    events, error = await told(failover([Said("a", seen, Timeout("late")), second]))
    assert (events, type(error), second.asked) == ([seen], Timeout, [])


async def test_it_tells_which_model_the_latest_was_asked_for() -> None:
    asks = failover([Said("a", Blocked("no")), Said("b", Delta("x"), DONE)])
    assert asks.asked_model == ""
    await told(asks)
    assert asks.asked_model == "m-b"


async def test_a_notice_is_nothing_seen() -> None:
    events, error = await told(
        failover([Said("a", Notice("n"), Blocked("no")), Said("b", Delta("y"), DONE)])
    )
    assert (error, events[-1]) == (None, DONE)


@pytest.mark.parametrize(
    "ours",
    [Filtered("no"), EmptyPrompt("none"), UnknownModel("what")],
    ids=lambda e: e.kind,
)
async def test_a_fault_of_the_request_moves_nobody(ours: LlmchatError) -> None:
    second = Said("b", Delta("y"), DONE)
    _, error = await told(failover([Said("a", ours), second]))
    assert (error, second.asked) == (ours, [])


async def test_an_end_without_a_word_moves_on() -> None:
    events, error = await told(
        failover([Said("a", IncompleteAnswer("cut")), Said("b", Delta("y"), DONE)])
    )
    assert (error, events[-1]) == (None, DONE)


async def test_one_that_cannot_is_not_introduced() -> None:
    """What is known without the network comes before admission."""
    introduced: list[str] = []

    async def admit(candidate: Candidate, request: Request) -> None:
        introduced.append(candidate.name)

    _, error = await told(failover([Said("a", cannot=UnknownModel("what"))], admit))
    assert (type(error), introduced) == (UnknownModel, [])


async def test_a_refused_secret_reaches_nobody() -> None:
    async def admit(candidate: Candidate, request: Request) -> None:
        raise SecretRefused("a key")

    providers = [Said("a", Delta("x"), DONE), Said("b", Delta("y"), DONE)]
    _, error = await told(failover(providers, admit))
    assert (type(error), [p.asked for p in providers]) == (SecretRefused, [[], []])


@pytest.mark.parametrize(
    ("first", "sent"), [(Blocked("banned"), True), (NetworkError("no such host"), False)]
)
async def test_stopped_while_asked_it_says_whether_anything_was_sent(
    first: LlmchatError, sent: bool
) -> None:
    async def admit(candidate: Candidate, request: Request) -> None:
        if candidate.name == "b":
            raise Unsent

    with pytest.raises(CancelledError) as stopped:
        await told(failover([Said("a", first), Said("b", DONE)], admit))
    assert type(stopped.value) is (CancelledError if sent else Unsent)


async def test_all_failures_are_listed_with_the_next_step() -> None:
    providers = [Said("a", Blocked("banned")), Said("b", Timeout("late"))]
    _, error = await told(failover(providers))
    assert isinstance(error, AllFailed)
    assert (error.message, error.hint) == ("no provider answered (a: banned; b: late)", "-p demo")
    assert (error.exit_code, error.last) == (8, "timeout")


async def test_failures_alike_keep_their_exit_code() -> None:
    _, error = await told(failover([Said("a", RateLimited("x")), Said("b", RateLimited("y"))]))
    assert error is not None
    assert error.exit_code == 7


async def test_a_single_failure_speaks_for_itself() -> None:
    blocked = Blocked("banned", hint="wait")
    _, error = await told(failover([Said("a", blocked)]))
    assert error is blocked


async def test_what_was_opened_is_closed() -> None:
    providers = [Said("a", Blocked("x")), Said("b", Delta("y"), DONE), Said("c", DONE)]
    asks = failover(providers)
    await told(asks)
    await asks.aclose()
    assert [p.closed for p in providers] == [True, True, False]


async def test_the_results_of_calls_go_to_whoever_made_them() -> None:
    """What has run is not run again by somebody else, and a failure then is the end."""
    call = ToolCall("c1", "now")
    first = Said("a", Blocked("banned"))
    second = Said("b", call, Finish("tool_calls", "m"))
    third = Said("c", Delta("z"), DONE)
    asks = failover([first, second, third])
    await told(asks)
    second.script = (Timeout("late"),)
    messages = (
        Message("user", "hi"),
        Message("assistant", "", calls=(call,)),
        Message("tool", "12:00", call=call),
    )
    with pytest.raises(Timeout):
        async for _ in asks.stream(Request("", messages)):
            pass
    assert [len(one.asked) for one in (first, second, third)] == [1, 2, 0]
