"""The budget of a service: one 429 slows all jobs, and it recovers slowly."""

from __future__ import annotations

import asyncio

import pytest

from llmchat.app.batch.pacing import MOST_REFUSALS, Budget, Paced
from llmchat.errors import LlmchatError, NetworkError, QuotaExceeded, RateLimited
from llmchat.failover import Unsent
from llmchat.providers import load
from llmchat.providers.base import Access, Provider
from llmchat.providers.stages import Events
from llmchat.values.endpoint import Deadlines, Endpoint
from llmchat.values.events import Delta, Event, Fallback, Finish
from llmchat.values.messages import Message, Request

REQUEST = Request("m", (Message("user", "hi"),))


class Refusing(Provider):
    """A provider that fails with these errors in turn, then answers."""

    name = "refusing"
    label = "Refusing"
    url = base_url = "http://localhost"
    access: Access = "local"

    def __init__(
        self, *errors: LlmchatError, seconds: float | None = None, took: float = 0
    ) -> None:
        super().__init__(Endpoint(retries=2, deadlines=Deadlines(total=seconds)))
        self.errors = list(errors)
        self.times: list[float] = []
        self._took = took

    async def exchange(self, request: Request) -> Events:
        self.times.append(asyncio.get_running_loop().time())
        await asyncio.sleep(self._took)
        if self.errors:
            raise self.errors.pop(0)
        yield Delta("fine")
        yield Finish("stop", "m")


def limited(seconds: float | None = 0.01) -> RateLimited:
    return RateLimited("too many requests", retry_after=seconds, repeat="free")


async def asked(provider: Provider, budget: Budget) -> list[Event]:
    return [event async for event in Paced(provider, budget).stream(REQUEST)]


async def test_no_more_requests_are_let_in_than_allowed() -> None:
    budget = Budget(2)
    await budget.enter()
    await budget.enter()
    third = asyncio.create_task(budget.enter())
    await asyncio.sleep(0)
    assert not third.done()
    budget.leave()
    await asyncio.wait_for(third, 10)


async def test_a_refusal_halves_what_is_allowed() -> None:
    budget = Budget(8)
    budget.slow(0, began=await budget.enter())
    assert budget.allowed == 4


async def test_refusals_of_requests_that_left_together_count_once() -> None:
    budget = Budget(8)
    began = [await budget.enter() for _ in range(8)]
    for moment in began:
        budget.slow(0, began=moment)
    assert budget.allowed == 4


async def test_at_least_one_request_is_always_allowed() -> None:
    budget = Budget(2)
    for _ in range(5):
        budget.slow(0, began=asyncio.get_running_loop().time())
    assert budget.allowed == 1


async def test_the_pause_of_the_service_holds_for_every_job() -> None:
    budget = Budget(4)
    loop = asyncio.get_running_loop()
    began = await budget.enter()
    budget.slow(0.2, began=began)
    let_in = await asyncio.gather(*(asyncio.wait_for(budget.enter(), 10) for _ in range(1)))
    assert min(let_in) >= began + 0.2
    assert loop.time() >= began + 0.2


async def test_it_recovers_slowly() -> None:
    budget = Budget(4)
    budget.slow(0, began=await budget.enter())
    for _ in range(19):
        budget.ease()
    assert budget.allowed == 2
    budget.ease()
    assert budget.allowed == 3
    for _ in range(500):
        budget.ease()
    assert budget.allowed == 4


async def test_nobody_is_let_in_behind_the_end() -> None:
    budget = Budget(1)
    await budget.enter()
    waiting = asyncio.create_task(budget.enter())
    await asyncio.sleep(0)
    budget.close()
    with pytest.raises(Unsent):
        await asyncio.wait_for(waiting, 10)


async def test_a_refused_prompt_is_repeated_and_its_attempts_are_told() -> None:
    provider = Refusing(limited(), limited())
    events = await asked(provider, Budget(4))
    told = [e.attempt.outcome for e in events if isinstance(e, Fallback)]
    assert told == ["rate_limit", "rate_limit"]
    assert isinstance(events[-1], Finish)


async def test_a_repeat_that_may_be_billed_twice_says_so() -> None:
    error = NetworkError("lost", retry_after=0.01, repeat="charged")
    told = [e.text for e in await asked(Refusing(error), Budget(4)) if isinstance(e, Fallback)]
    assert told == ["refusing: lost; retrying in 0.0 s (the first request may be billed)"]


async def test_the_repeats_of_a_refused_prompt_are_bounded() -> None:
    provider = Refusing(*(limited() for _ in range(50)))
    with pytest.raises(RateLimited):
        await asked(provider, Budget(4))
    assert len(provider.times) == MOST_REFUSALS + 1


async def test_a_service_that_wants_to_rest_for_an_hour_fails_the_prompt() -> None:
    provider = Refusing(limited(3600))
    with pytest.raises(RateLimited):
        await asked(provider, Budget(4))


async def test_where_somebody_else_can_be_asked_a_refusal_is_soon_told() -> None:
    provider = Refusing(*(limited() for _ in range(50)))
    with pytest.raises(RateLimited):
        async for _ in Paced(provider, Budget(4), replaceable=True).stream(REQUEST):
            pass
    assert len(provider.times) == 3


@pytest.mark.parametrize(("name", "one"), [("yqcloud", True), ("openai", False), ("demo", False)])
def test_a_keyless_service_is_asked_one_prompt_at_a_time(name: str, one: bool) -> None:
    assert load(name)().one_stream == one


async def test_an_empty_account_is_not_asked_again() -> None:
    provider = Refusing(QuotaExceeded("no balance", retry_after=0.01, repeat="free"))
    with pytest.raises(QuotaExceeded):
        await asked(provider, Budget(4))
    assert len(provider.times) == 1


async def test_a_lost_connection_is_repeated_as_often_as_the_settings_say() -> None:
    provider = Refusing(*(NetworkError("lost", repeat="free") for _ in range(9)))
    with pytest.raises(NetworkError):
        await asked(provider, Budget(4))
    assert len(provider.times) == 3


async def test_the_time_limit_is_for_all_requests_of_a_prompt() -> None:
    errors = [limited() for _ in range(9)]
    provider = Refusing(*errors, seconds=0.5, took=0.3)
    with pytest.raises(RateLimited):
        await asked(provider, Budget(4))
    assert len(provider.times) == 2
