"""The provider against a strict server over TLS: what it sends, and how every failure ends."""

from __future__ import annotations

import asyncio
import json
import ssl
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import trustme

from llmchat.errors import (
    AuthError,
    BadRequest,
    ConfigError,
    IncompleteAnswer,
    LlmchatError,
    MissingAuthError,
    NotAnAnswer,
    NothingFound,
    QuotaExceeded,
    RateLimited,
    ScopeError,
    Timeout,
    TlsError,
    TooLong,
    Unavailable,
    UnknownModel,
)
from llmchat.providers.base import Model
from llmchat.providers.gigachat import GigaChat
from llmchat.providers.gigachat.auth.access_tokens import MemoryTokens
from llmchat.providers.gigachat.service import WAITING
from llmchat.providers.keywords import FinishReason
from llmchat.values.endpoint import Endpoint
from llmchat.values.events import Delta, Event, Finish, Notice, Usage
from llmchat.values.messages import Attachment, Message, Request
from llmchat.values.secret import Secret
from tests.servers.gigachat import (
    ANSWER,
    BALANCE,
    CHAT,
    DONE,
    FILES,
    KEY,
    MODELS,
    OAUTH,
    Canned,
    StrictGigaChat,
    frame,
    refusal,
    server_context,
)

Ask = Callable[..., Any]
PNG = Attachment("cat.png", "image/png", b"\x89PNG cat")


class ManyProcesses(MemoryTokens):
    """A token store that other processes use too, like the one on disk."""


@pytest.fixture
async def gigachat(endpoint: Endpoint) -> AsyncIterator[GigaChat]:
    async with GigaChat(endpoint, tokens=ManyProcesses()) as provider:
        yield provider


def request(text: str = "Hi", **changes: Any) -> Request:
    return replace(Request("", (Message("user", text),)), **changes)


async def events(provider: GigaChat, asked: Request | None = None) -> list[Event]:
    return [event async for event in provider.stream(asked or request())]


async def failure(provider: GigaChat, asked: Request | None = None) -> LlmchatError:
    with pytest.raises(LlmchatError) as caught:
        await events(provider, asked)
    assert KEY not in str(caught.value) + caught.value.hint
    assert "token-canary" not in str(caught.value) + caught.value.hint
    assert caught.value.hint
    return caught.value


async def test_a_question_is_sent_as_documented(gigachat: GigaChat, server: StrictGigaChat) -> None:
    await events(gigachat, request(session="s-1", options={"temperature": 0.5}))
    (asked,) = server.to(CHAT)
    assert asked.method == "POST"
    assert asked.headers["Accept"] == "text/event-stream"
    assert asked.headers["Content-Type"] == "application/json"
    assert asked.headers["Authorization"] == f"Bearer {next(iter(server.tokens))}"
    assert asked.headers["X-Session-ID"] == "s-1"
    assert uuid.UUID(asked.headers["X-Request-ID"]).version == 4
    assert asked.json == {
        "model": "GigaChat-2",
        "messages": [{"role": "user", "content": "Hi"}],
        "stream": True,
        "update_interval": 0,
        "temperature": 0.5,
    }


@pytest.mark.parametrize("stream", [True, False])
async def test_the_answer_comes_with_usage_and_finish(gigachat: GigaChat, stream: bool) -> None:
    found = await events(gigachat, request(stream=stream))
    assert "".join(e.text for e in found if isinstance(e, Delta)) == "Привет!"
    assert Usage(17, 3, 20, 2) in found
    assert isinstance(found[-1], Finish)
    assert found[-1].model == "GigaChat:2.0.28.2"


async def test_without_a_session_no_session_is_named(
    gigachat: GigaChat, server: StrictGigaChat
) -> None:
    await events(gigachat)
    assert "X-Session-ID" not in server.to(CHAT)[0].headers


async def test_a_token_that_ended_is_replaced_and_the_question_repeated(
    gigachat: GigaChat, server: StrictGigaChat
) -> None:
    await events(gigachat)
    server.revoke()
    assert Delta("вет!") in await events(gigachat)
    assert (len(server.to(OAUTH)), len(server.to(CHAT))) == (2, 3)


async def test_a_token_that_is_refused_twice_is_an_error(
    gigachat: GigaChat, server: StrictGigaChat
) -> None:
    server.script[CHAT].extend([refusal(401, "Unauthorized")] * 2)
    error = await failure(gigachat)
    assert type(error) is AuthError
    assert (len(server.to(OAUTH)), len(server.to(CHAT))) == (2, 2)


@pytest.mark.parametrize(
    ("reply", "kind", "exit_code"),
    [
        (refusal(400, "Your request contains invalid JSON syntax."), BadRequest, 2),
        (refusal(402, "Payment Required"), QuotaExceeded, 7),
        (refusal(403, "Permission denied"), AuthError, 4),
        (refusal(413, "Payload too large"), TooLong, 2),
        (refusal(422, "Unprocessable Entity"), BadRequest, 2),
        (refusal(429, "Too many requests", Retry_After="3"), RateLimited, 7),
        (refusal(500, "Internal Server Error"), Unavailable, 8),
        (refusal(502, "Bad Gateway"), Unavailable, 8),
        (Canned(body=b'{"status":429,"message":"Too many requests"}'), RateLimited, 7),
        (Canned(body=b'{"message":"odd"}'), NotAnAnswer, 8),
        (Canned(body=b"<html>", content_type="text/html"), NotAnAnswer, 8),
        (Canned(body=b"", content_type="text/event-stream"), NotAnAnswer, 8),
        (Canned(body=b"", content_type="application/json"), NotAnAnswer, 8),
        (Canned(body=DONE, content_type="text/event-stream"), NotAnAnswer, 8),
    ],
)
async def test_each_failure_has_its_kind_its_exit_code_and_its_request(
    gigachat: GigaChat,
    server: StrictGigaChat,
    reply: Canned,
    kind: type[LlmchatError],
    exit_code: int,
) -> None:
    server.script[CHAT].append(reply)
    error = await failure(gigachat)
    assert isinstance(error, kind)
    assert error.exit_code == exit_code
    if reply.body != DONE:  # an end without an answer is noticed after the call
        assert error.request_id == server.to(CHAT)[0].headers["X-Request-ID"]
    if "Retry-After" in reply.headers:
        assert error.retry_after == 3


@pytest.mark.parametrize("content_type", ["text/plain", "application/json", "text/html", ""])
async def test_a_stream_is_read_whatever_its_content_type(
    gigachat: GigaChat, server: StrictGigaChat, content_type: str
) -> None:
    server.script[CHAT].append(Canned(body=ANSWER, content_type=content_type))
    assert "".join(e.text for e in await events(gigachat) if isinstance(e, Delta)) == "Привет!"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'{"status":402,"message":"Payment Required"}', QuotaExceeded),
        (b"<html>sign in</html>", NotAnAnswer),
    ],
)
async def test_what_is_sent_as_a_stream_and_is_none_says_what_it_is(
    gigachat: GigaChat, server: StrictGigaChat, body: bytes, kind: type[LlmchatError]
) -> None:
    server.script[CHAT].append(Canned(body=body, content_type="text/event-stream"))
    assert type(await failure(gigachat)) is kind


async def test_the_request_id_of_the_service_wins(
    gigachat: GigaChat, server: StrictGigaChat
) -> None:
    server.script[CHAT].append(refusal(500, "x", X_Request_ID="theirs"))
    assert (await failure(gigachat)).request_id == "theirs"


async def test_a_service_that_echoes_key_or_token_is_not_quoted(
    gigachat: GigaChat, server: StrictGigaChat
) -> None:
    server.script[OAUTH].append(refusal(403, f"bad key Basic {KEY}"))
    assert "***" in (await failure(gigachat)).message
    await events(gigachat)
    server.script[CHAT].append(refusal(403, f"bad token {next(iter(server.tokens))}"))
    assert "***" in (await failure(gigachat)).message


@pytest.mark.parametrize("cut", [frame("half"), frame("half") + b"data: {"])
async def test_a_stream_that_is_cut_is_incomplete(
    gigachat: GigaChat, server: StrictGigaChat, cut: bytes
) -> None:
    server.script[CHAT].append(Canned(body=cut, content_type="text/event-stream", cut=True))
    assert isinstance(await failure(gigachat), IncompleteAnswer)


async def test_an_overload_is_repeated_before_the_first_token(
    endpoint: Endpoint, server: StrictGigaChat
) -> None:
    server.script[CHAT].append(refusal(429, "Too many requests", Retry_After="0"))
    async with GigaChat(replace(endpoint, retries=1)) as gigachat:
        assert Delta("вет!") in await events(gigachat)


async def test_an_unknown_model_is_answered_with_the_nearest_ones(
    gigachat: GigaChat, server: StrictGigaChat
) -> None:
    error = await failure(gigachat, request(model="GigaChat-2-Prof"))
    assert isinstance(error, UnknownModel)
    assert "GigaChat-2-Pro" in error.hint
    assert error.request_id == "r-404"
    assert len(server.to(MODELS)) == 1


async def test_a_model_that_an_option_names_is_the_unknown_one(gigachat: GigaChat) -> None:
    error = await failure(gigachat, request(options={"model": "GigaChat-2-Prof"}))
    assert "GigaChat-2-Prof" in error.message
    assert "GigaChat-2-Pro" in error.hint


async def test_without_a_list_the_known_models_are_the_nearest(
    gigachat: GigaChat, server: StrictGigaChat
) -> None:
    server.script[MODELS].append(refusal(500, "down"))
    assert "GigaChat-2-Max" in (await failure(gigachat, request(model="GigaChat-2-Ma"))).hint


async def test_a_wrong_address_is_not_taken_for_a_wrong_model(
    endpoint: Endpoint, server: StrictGigaChat
) -> None:
    wrong = replace(endpoint, base_url=server.base_url + "/v9")
    async with GigaChat(wrong) as gigachat:
        error = await failure(gigachat)
    assert "base_url" in error.hint


@pytest.mark.parametrize(
    ("asked", "sent"),
    [
        ("", "GigaChat-2"),
        ("GigaChat:latest", "GigaChat-2"),
        ("gigachat", "GigaChat-2"),
        ("GigaChat-Plus", "GigaChat-2"),
        ("GigaChat-Pro", "GigaChat-2-Pro"),
        ("gigachat-max", "GigaChat-2-Max"),
        ("gigachat-2-pro", "GigaChat-2-Pro"),
        ("GigaChat-9-preview", "GigaChat-9-preview"),
    ],
)
def test_old_and_loosely_typed_names_mean_the_models_of_today(asked: str, sent: str) -> None:
    assert GigaChat().resolve(asked) == sent


@pytest.mark.parametrize("base", ["https://host:99999/v1", "https://[::1"])
async def test_an_address_that_cannot_be_read_is_a_setting(endpoint: Endpoint, base: str) -> None:
    async with GigaChat(replace(endpoint, base_url=base)) as provider:
        with pytest.raises(ConfigError, match="not a valid URL"):
            await provider.list_models()


async def test_a_missing_key_is_told_before_any_request(endpoint: Endpoint) -> None:
    async with GigaChat(replace(endpoint, api_key=None)) as gigachat:
        error = await failure(gigachat)
        assert type(error) is MissingAuthError
        assert "llmchat auth gigachat" in error.hint
        with pytest.raises(MissingAuthError):
            await gigachat.list_models()


async def test_a_key_of_another_scope_is_told_with_the_remedy(
    gigachat: GigaChat, server: StrictGigaChat
) -> None:
    server.keys[KEY] = "GIGACHAT_API_CORP"
    error = await failure(gigachat)
    assert type(error) is ScopeError
    assert error.exit_code == 3
    assert server.to(CHAT) == []


async def test_lists_balances_and_counts(gigachat: GigaChat, server: StrictGigaChat) -> None:
    names = ("GigaChat-2", "GigaChat-2-Pro", "GigaChat-2-Max")
    assert await gigachat.list_models() == tuple(Model(name) for name in names)
    assert [b.model for b in await gigachat.balance()] == ["GigaChat-2"]
    assert await gigachat.count_tokens(["four", "fünf!"]) == (4, 5)
    assert len(server.to(OAUTH)) == 1


async def test_an_account_that_pays_as_it_goes_has_no_balance(
    gigachat: GigaChat, server: StrictGigaChat
) -> None:
    server.script[BALANCE].append(refusal(403, "Permission denied"))
    with pytest.raises(NothingFound, match="billed by usage"):
        await gigachat.balance()


async def test_a_list_that_does_not_come_ends_in_time(
    endpoint: Endpoint, server: StrictGigaChat
) -> None:
    server.token_pause = 1.0
    hasty = replace(endpoint, deadlines=replace(endpoint.deadlines, first_token=0.2))
    async with GigaChat(hasty, tokens=ManyProcesses()) as gigachat:
        with pytest.raises(Timeout, match="/models"):
            await gigachat.list_models()


async def test_files_are_uploaded_once_and_named_beside_their_message(
    gigachat: GigaChat, server: StrictGigaChat
) -> None:
    asked = request(messages=(Message("user", "What is it?", (PNG,)),))
    first = await events(gigachat, asked)
    await events(gigachat, asked)
    (upload,) = server.to(FILES)
    assert b'filename="cat.png"' in upload.body
    assert b"Content-Type: image/png" in upload.body
    assert PNG.content in upload.body
    assert server.to(CHAT)[0].json["messages"][0]["attachments"] == list(server.files)
    assert first[0] == Notice("sending cat.png")


async def test_a_file_beyond_the_limits_is_refused_before_anything_is_sent(
    gigachat: GigaChat, server: StrictGigaChat
) -> None:
    huge = Attachment("huge.png", "image/png", bytes(16 * 1024 * 1024))
    error = await failure(gigachat, request(messages=(Message("user", "?", (huge,)),)))
    assert type(error) is TooLong
    assert server.asked == []


async def test_a_second_stream_waits_for_its_turn_and_says_so(
    endpoint: Endpoint, server: StrictGigaChat
) -> None:
    server.parallel, server.pause = 1, 0.03
    store = ManyProcesses()
    async with GigaChat(endpoint, tokens=store) as one, GigaChat(endpoint, tokens=store) as two:
        first, second = await asyncio.gather(events(one), events(two))
    assert Notice(WAITING) in second
    assert Notice(WAITING) not in first
    assert Delta("вет!") in second
    assert server.most_streams == 1


async def test_who_does_not_want_to_wait_is_told_at_once(
    endpoint: Endpoint, server: StrictGigaChat
) -> None:
    store = ManyProcesses()
    lock = store.lock(GigaChat(endpoint).account.stream_lock)
    assert lock.enter()
    async with GigaChat(replace(endpoint, wait=False), tokens=store) as gigachat:
        error = await failure(gigachat)
    assert type(error) is RateLimited
    assert "--no-wait" in error.hint
    assert server.asked == []


async def test_a_stream_that_is_closed_early_gives_its_turn_away(
    endpoint: Endpoint, server: StrictGigaChat
) -> None:
    store = ManyProcesses()
    async with GigaChat(replace(endpoint, wait=False), tokens=store) as gigachat:
        async with aclosing(gigachat.stream(request())) as stream:
            assert await anext(stream) == Delta("При")
            await failure(gigachat)
        assert Delta("При") in await events(gigachat)


@pytest.mark.parametrize("scope", ["GIGACHAT_API_B2B", "GIGACHAT_API_CORP"])
async def test_a_companys_key_has_many_streams(
    endpoint: Endpoint, server: StrictGigaChat, scope: str
) -> None:
    server.keys[KEY] = scope
    company = replace(endpoint, scope=scope, wait=False)
    async with GigaChat(company, tokens=ManyProcesses()) as gigachat:
        first, second = await asyncio.gather(events(gigachat), events(gigachat))
    assert Delta("При") in first
    assert Delta("При") in second


async def test_a_wrong_clock_is_told_when_a_token_is_bought(
    endpoint: Endpoint, server: StrictGigaChat
) -> None:
    store = ManyProcesses()
    now = store.now
    store.now = lambda: now() - 3 * 3600
    async with GigaChat(endpoint, tokens=store) as gigachat:
        first, second = await events(gigachat), await events(gigachat)
    assert first[0] == Notice("this computer's clock is 180 min behind GigaChat's; corrected for")
    assert not any(isinstance(event, Notice) for event in second)


async def test_an_untrusted_certificate_is_refused_before_the_key_is_sent(
    endpoint: Endpoint, server: StrictGigaChat
) -> None:
    async with GigaChat(replace(endpoint, ca_bundle="")) as gigachat:
        error = await failure(gigachat)
    assert type(error) is TlsError
    assert f"localhost:{server.port}" in error.message
    assert "verif" not in error.hint
    assert server.asked == []


async def test_a_rogue_authority_is_refused(
    endpoint: Endpoint, server: StrictGigaChat, rogue: StrictGigaChat
) -> None:
    """The token server is right, but the API's certificate is signed by somebody else."""
    async with GigaChat(replace(endpoint, base_url=rogue.base_url)) as gigachat:
        assert type(await failure(gigachat)) is TlsError
    assert rogue.asked == []


async def test_a_certificate_for_another_name_is_refused(
    endpoint: Endpoint, authority: trustme.CA, ca_file: Path
) -> None:
    context = server_context(authority, "elsewhere.example")
    with StrictGigaChat(context, ca_file).running() as other:
        async with GigaChat(replace(endpoint, auth_url=other.auth_url)) as gigachat:
            assert type(await failure(gigachat)) is TlsError
        assert other.asked == []


async def test_a_redirect_takes_no_key_along(
    gigachat: GigaChat, server: StrictGigaChat, rogue: StrictGigaChat
) -> None:
    for path in (OAUTH, CHAT):
        server.script[path].append(Canned(307, headers={"Location": rogue.auth_url}))
        error = await failure(gigachat)
        assert error.exit_code == 8
    assert rogue.asked == []


async def test_key_and_token_go_to_their_own_addresses_only(
    gigachat: GigaChat, server: StrictGigaChat
) -> None:
    await events(gigachat)
    for asked in server.asked:
        everything = json.dumps(dict(asked.headers)) + asked.path + asked.body.decode()
        assert (KEY in everything) == (asked.path == OAUTH)
        assert ("token-canary" in everything) == (asked.path != OAUTH)


@pytest.fixture
def russian() -> trustme.CA:
    """Replaces the pinned root, whose private key we do not have."""
    return trustme.CA(organization_name="The Ministry")


class FromTheMinistry(GigaChat):
    """A GigaChat at this machine's address, with a certificate of the test's root."""

    root = ""
    host = "localhost"

    def trust(self, host: str) -> tuple[str, ...]:
        return (self.root,) if host == self.host else ()


async def test_the_extra_root_vouches_for_gigachats_own_hosts_and_no_other(
    endpoint: Endpoint, russian: trustme.CA, ca_file: Path
) -> None:
    FromTheMinistry.root = russian.cert_pem.bytes().decode()
    with StrictGigaChat(server_context(russian), ca_file).running() as own:
        place = replace(endpoint, ca_bundle="", base_url=own.base_url, auth_url=own.auth_url)
        async with FromTheMinistry(place, tokens=ManyProcesses()) as gigachat:
            assert Delta("При") in await events(gigachat)
        other = place.base_url.replace("localhost", "127.0.0.1")
        async with FromTheMinistry(replace(place, base_url=other)) as gigachat:
            assert type(await failure(gigachat)) is TlsError


def test_the_pinned_root_is_loadable_and_for_gigachats_hosts() -> None:
    (pem,) = GigaChat().trust("gigachat.devices.sberbank.ru")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=pem)
    assert context.cert_store_stats()["x509_ca"] == 1
    assert GigaChat().trust("localhost") == ()


async def test_the_python_interface_needs_only_a_key(
    endpoint: Endpoint, server: StrictGigaChat
) -> None:
    async def ask(**options: Any) -> list[object]:
        asked = GigaChat.create_async_generator(
            model="GigaChat:latest",
            messages=[{"role": "user", "content": "Hi"}],
            api_key=KEY,
            base_url=endpoint.base_url,
            auth_url=endpoint.auth_url,
            ca_bundle=endpoint.ca_bundle,
            **options,
        )
        return [piece async for piece in asked]

    assert await ask() == ["При", "вет!", FinishReason("stop")]
    assert await ask(stream=False, temperature=0.2) == ["Привет!", FinishReason("stop")]
    assert len(server.to(OAUTH)) == 1
    assert server.to(CHAT)[1].json["temperature"] == 0.2
    assert "api_key" not in server.to(CHAT)[1].json


async def test_the_python_interface_says_when_the_key_is_missing() -> None:
    with pytest.raises(MissingAuthError):
        await anext(GigaChat.create_async_generator("", [{"role": "user", "content": "Hi"}]))


async def test_a_refusal_by_topic_ends_with_filter(
    gigachat: GigaChat, server: StrictGigaChat
) -> None:
    server.answer = frame("Не могу.") + frame(finish="blacklist") + DONE
    found = await events(gigachat)
    assert found[0] == Delta("Не могу.")
    assert isinstance(found[-1], Finish)
    assert found[-1].reason == "filter"
    assert server.answer != ANSWER


async def test_a_key_is_cleaned_of_what_came_along_when_it_is_used(
    endpoint: Endpoint, server: StrictGigaChat
) -> None:
    pasted = replace(endpoint, api_key=Secret(f' "Basic {KEY}"\n'))
    async with GigaChat(pasted, tokens=ManyProcesses()) as gigachat:
        assert Delta("При") in await events(gigachat)
