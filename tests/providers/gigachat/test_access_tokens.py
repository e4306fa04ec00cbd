"""Requesting, storing and renewing tokens, alone and concurrently."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from llmchat.errors import AuthError, LlmchatError, NotAnAnswer, ScopeError, Unavailable
from llmchat.providers.gigachat.auth.access_tokens import (
    AUTH_URL,
    EARLY,
    Account,
    MemoryTokens,
    Purse,
    clock_offset,
    entered,
    guessed_offset,
    parsed_token,
)
from llmchat.transport import Wire
from llmchat.values.access_token import AccessToken
from llmchat.values.endpoint import Endpoint
from llmchat.values.secret import Secret
from tests.servers.gigachat import KEY, OAUTH, Canned, StrictGigaChat, refusal

NOW = 1_784_000_000.0


@pytest.fixture
def store() -> MemoryTokens:
    return MemoryTokens()


@pytest.fixture
async def purse(endpoint: Endpoint, store: MemoryTokens) -> AsyncIterator[Purse]:
    wire = Wire(endpoint)
    yield Purse(Account.of(endpoint), store, wire)
    await wire.aclose()


@pytest.mark.parametrize(
    ("body", "end"),
    [
        ({"access_token": "t", "expires_at": 1739784663483}, 1739784663.483),
        ({"access_token": "t", "expires_at": 1679471442}, 1679471442),
        ({"tok": "t", "exp": 1739784663}, 1739784663),
        ({"tok": "t", "exp": "1739784663"}, 1739784663),
        ({"access_token": "t"}, None),
        ({"access_token": "t", "expires_at": "soon"}, None),
        ({"access_token": "t", "expires_at": -5}, None),
        ({"access_token": "t", "expires_at": "12"}, None),
        ({"access_token": "t", "expires_at": float("nan")}, None),
        ({"access_token": "t", "expires_at": 1e300}, None),
        ({"access_token": "t", "expires_at": [1]}, None),
    ],
)
def test_both_forms_of_the_reply_are_read(body: dict[str, Any], end: float | None) -> None:
    assert parsed_token(json.dumps(body).encode()) == (Secret("t"), end)


@pytest.mark.parametrize("name", ["access_token", "tok"])
@pytest.mark.parametrize("size", [30, 40, 90])
def test_a_reply_that_is_cut_tells_no_part_of_its_token(name: str, size: int) -> None:
    """Without a length, nothing else shows that it is cut."""
    cut = json.dumps({name: "eyJ" + "canary" * 20}).encode()[:size]
    with pytest.raises(NotAnAnswer, match="cannot get an access token") as caught:
        parsed_token(cut, "application/json")
    assert "canary" not in caught.value.message


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{}", b"[]", b"<html>", b'{"access_token": 3}', b'{"tok": "a b"}',
        b'{"tok": "a\\nb"}', b'{"access_token": "", "tok": ""}', '{"tok": "жетон"}'.encode(),
        b'{"tok": "%s"}' % (b"a" * 100_000),
    ],
)  # fmt: skip
def test_a_reply_without_a_token_is_no_answer(body: bytes) -> None:
    with pytest.raises(NotAnAnswer, match="cannot get an access token"):
        parsed_token(body)


def test_the_clock_is_compared_with_the_date_of_the_reply() -> None:
    assert clock_offset("Tue, 14 Jul 2026 03:33:20 GMT", NOW + 3600) == pytest.approx(-3600, abs=1)
    assert clock_offset("Tue, 14 Jul 2026 03:33:25 GMT", NOW) == 0.0
    assert clock_offset("", NOW) is None
    assert clock_offset("yesterday", NOW) is None


def test_without_a_date_the_life_of_a_token_tells_the_clock() -> None:
    assert guessed_offset(NOW + 1800, NOW) == 0.0
    assert guessed_offset(NOW - 3600, NOW) == pytest.approx(-5400)
    assert guessed_offset(NOW + 30 * 86400, NOW) > 0
    assert guessed_offset(NOW + 9_999 * 86400, NOW) == 0.0  # made to last
    assert guessed_offset(None, NOW) == 0.0


def test_an_account_is_named_by_key_scope_and_seller_without_telling_the_key() -> None:
    one = Account(Secret(KEY))
    others = [
        Account(Secret("other")),
        Account(Secret(KEY), "GIGACHAT_API_B2B"),
        Account(Secret(KEY), auth_url="https://other.example"),
    ]
    assert len({one.id, *(other.id for other in others)}) == 4
    assert KEY not in one.id + one.stream_lock
    assert one.stream_lock == others[1].stream_lock != others[0].stream_lock


def test_an_account_has_the_usual_scope_and_seller() -> None:
    account = Account.of(Endpoint(api_key=Secret(" Basic key\n")))
    assert account == Account(Secret("key"), "GIGACHAT_API_PERS", AUTH_URL)


async def test_the_token_request_is_the_documented_one(
    purse: Purse, server: StrictGigaChat
) -> None:
    await purse.token()
    (asked,) = server.to(OAUTH)
    assert asked.method == "POST"
    assert asked.headers["Authorization"] == f"Basic {KEY}"
    assert asked.headers["Accept"] == "application/json"
    assert asked.body == b"scope=GIGACHAT_API_PERS"


async def test_a_token_is_bought_once_and_kept(purse: Purse, server: StrictGigaChat) -> None:
    assert await purse.token() == await purse.token()
    assert len(server.to(OAUTH)) == 1


@pytest.mark.parametrize("form", ["access_token", "tok"])
async def test_a_token_is_renewed_a_minute_before_its_end(
    purse: Purse, server: StrictGigaChat, store: MemoryTokens, form: str
) -> None:
    server.form = form
    token = await purse.token()
    now = store.now()
    store.now = lambda: token.expires_at - EARLY - 5
    assert await purse.token() == token
    store.now = lambda: token.expires_at - EARLY + 5
    server.clock = lambda: token.expires_at - EARLY + 5
    assert await purse.token() != token
    assert now < token.expires_at


async def test_a_token_that_lives_too_short_is_used_all_the_same(
    purse: Purse, server: StrictGigaChat
) -> None:
    server.lifetime = 30
    first = await purse.token()
    assert first != await purse.token()
    assert len(server.to(OAUTH)) == 2


@pytest.mark.parametrize(
    ("wrong", "dated"),
    [
        (-7200.0, True),
        (7200.0, True),
        (40 * 86400.0, True),
        (7200.0, False),
        (-40 * 86400.0, False),
    ],
)
async def test_a_wrong_clock_buys_no_more_tokens(
    purse: Purse, server: StrictGigaChat, store: MemoryTokens, wrong: float, dated: bool
) -> None:
    server.date = dated
    true_now = store.now
    store.now = lambda: true_now() + wrong
    token = await purse.token()
    assert await purse.token() == token
    assert len(server.to(OAUTH)) == 1
    assert token.clock_offset == pytest.approx(-wrong, abs=5)
    store.now = lambda: true_now() + wrong + server.lifetime - EARLY + 5
    assert purse.stored() is None


async def test_a_refused_token_is_replaced_once_for_all_who_hold_it(
    endpoint: Endpoint, server: StrictGigaChat, store: MemoryTokens
) -> None:
    async with asyncio.TaskGroup() as tasks:
        purses = [Purse(Account.of(endpoint), store, Wire(endpoint)) for _ in range(5)]
        first = await purses[0].token()
        renewing = [tasks.create_task(purse.token(refused=first)) for purse in purses]
    renewed = {task.result().secret for task in renewing}
    assert len(renewed) == 1
    assert first.secret not in renewed
    assert len(server.to(OAUTH)) == 2


async def test_tokens_of_two_scopes_do_not_mix(
    endpoint: Endpoint, server: StrictGigaChat, store: MemoryTokens
) -> None:
    await Purse(Account.of(endpoint), store, Wire(endpoint)).token()
    other = replace(endpoint, scope="GIGACHAT_API_B2B")
    with pytest.raises(ScopeError):
        await Purse(Account.of(other), store, Wire(other)).token()
    assert len(server.to(OAUTH)) == 2


@pytest.mark.parametrize(
    ("changes", "exit_code"),
    [
        ({"api_key": Secret("not-base64!")}, 4),
        ({"api_key": Secret("bm9ib2R5OmtleQ==")}, 4),
        ({"scope": "GIGACHAT_API_B2B"}, 3),
        ({"scope": "PERS"}, 3),
        ({"ca_bundle": ""}, 5),
        ({"auth_url": "https://localhost:1/oauth"}, 5),
    ],
)
async def test_each_wrong_setting_has_its_exit_code(
    endpoint: Endpoint, store: MemoryTokens, changes: dict[str, Any], exit_code: int
) -> None:
    wrong = replace(endpoint, **changes)
    with pytest.raises(LlmchatError) as caught:
        await Purse(Account.of(wrong), store, Wire(wrong)).token()
    assert caught.value.exit_code == exit_code
    assert caught.value.hint
    assert KEY not in repr(caught.value) + caught.value.hint


@pytest.mark.parametrize("address", ["https://no-such-host.invalid/oauth", "https:///oauth"])
async def test_an_address_for_tokens_that_leads_nowhere_is_named(
    endpoint: Endpoint, store: MemoryTokens, address: str
) -> None:
    wrong = replace(endpoint, auth_url=address)
    with pytest.raises(LlmchatError) as caught:
        await Purse(Account.of(wrong), store, Wire(wrong)).token()
    assert caught.value.hint == "check auth_url and the network"


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (refusal(500, "down"), Unavailable),
        (Canned(body=b"<html>login</html>", content_type="text/html"), NotAnAnswer),
        (Canned(body=b'{"access_token":""}'), NotAnAnswer),
        (refusal(403, "no"), AuthError),
    ],
)
async def test_a_seller_that_fails_keeps_no_token(
    purse: Purse, server: StrictGigaChat, reply: Canned, kind: type[LlmchatError]
) -> None:
    server.script[OAUTH].append(reply)
    with pytest.raises(kind):
        await purse.token()
    assert purse.stored() is None
    await purse.token()


async def test_a_lock_that_stays_taken_is_passed_in_the_end() -> None:
    store = MemoryTokens()
    taken = store.lock("x")
    assert taken.enter()
    async with entered(store.lock("x"), 0.02):
        pass
    assert not store.lock("x").enter()
    taken.leave()
    assert store.lock("x").enter()


def test_memory_forgets() -> None:
    store = MemoryTokens()
    store.put("a", AccessToken(Secret("t"), 1))
    store.forget("a")
    store.forget("a")
    assert store.get("a") is None


@pytest.mark.parametrize("form", ["{}", '{{"access_token": "{}", "expires_at": 9}}'])
def test_a_token_that_comes_alone_or_is_too_long_is_not_quoted(form: str) -> None:
    token = "eyJhbGciOiJIUzI1NiJ9." + "A1b2C3d4" * 20_000
    with pytest.raises(NotAnAnswer, match="cannot get an access token") as caught:
        parsed_token(form.format(token).encode(), "application/json")
    assert "A1b2C3d4" not in caught.value.message
