"""The other ways in: a ready token, a name with a password, a client certificate."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import trustme
from cryptography.hazmat.primitives import serialization

from llmchat.errors import AuthError, ConfigError, LlmchatError, NetworkError
from llmchat.providers.gigachat import GigaChat
from llmchat.values.endpoint import ClientCertificate, Endpoint
from llmchat.values.messages import Message, Request
from llmchat.values.secret import Secret
from tests.servers.gigachat import (
    CHAT,
    MODELS,
    OAUTH,
    TOKEN,
    StrictGigaChat,
    server_context,
)

READY = Secret("eyJ-ready-canary")
HI = Request("", (Message("user", "Hi"),))


async def text_of(endpoint: Endpoint) -> str:
    async with GigaChat(endpoint) as provider:
        return "".join([getattr(event, "text", "") async for event in provider.stream(HI)])


async def test_a_ready_token_is_used_as_it_is(endpoint: Endpoint, server: StrictGigaChat) -> None:
    server.tokens[READY.reveal()] = server.clock() + 60
    assert await text_of(replace(endpoint, access_token=READY)) == "Привет!"
    assert server.to(OAUTH) == []
    assert server.to(CHAT)[0].headers["Authorization"] == f"Bearer {READY.reveal()}"


async def test_the_end_of_a_ready_token_is_told(endpoint: Endpoint, server: StrictGigaChat) -> None:
    with pytest.raises(AuthError) as raised:
        await text_of(replace(endpoint, access_token=READY))
    assert "cannot renew it" in raised.value.message
    assert "GIGACHAT_ACCESS_TOKEN" in raised.value.hint
    assert (len(server.to(CHAT)), server.to(OAUTH)) == (1, [])


@pytest.fixture
def person(endpoint: Endpoint) -> Endpoint:
    return replace(endpoint, api_key=None, user="vasya", password=Secret("passw0rd-canary"))


async def test_a_name_and_a_password_buy_a_token_at_the_older_address(
    person: Endpoint, server: StrictGigaChat
) -> None:
    assert await text_of(person) == "Привет!"
    (asked,) = server.to(TOKEN)
    assert (asked.body, "RqUID" in asked.headers) == (b"", False)


async def test_a_wrong_password_is_told_without_it(
    person: Endpoint, server: StrictGigaChat
) -> None:
    wrong = replace(person, password=Secret("wrong-passw0rd"))
    with pytest.raises(AuthError) as raised:
        await text_of(wrong)
    assert "the user name or password" in raised.value.message
    assert "wrong-passw0rd" not in str(raised.value)


async def test_the_new_address_takes_no_password(person: Endpoint) -> None:
    with pytest.raises(ConfigError, match="older address"):
        await text_of(replace(person, base_url=""))


@pytest.fixture
def guarded(authority: trustme.CA, ca_file: Path) -> Iterator[StrictGigaChat]:
    """A service that requires a client certificate of its authority."""
    context = server_context(authority)
    context.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(context)
    with StrictGigaChat(context, ca_file).running() as running:
        running.by_certificate = True
        yield running


@pytest.fixture
def identity(authority: trustme.CA, tmp_path: Path) -> ClientCertificate:
    """A client certificate and its encrypted key, in separate files."""
    issued = authority.issue_cert("person@bank.example")
    certificate, key = tmp_path / "client.pem", tmp_path / "client.key"
    certificate.write_bytes(b"".join(pem.bytes() for pem in issued.cert_chain_pems))
    loaded = serialization.load_pem_private_key(issued.private_key_pem.bytes(), None)
    encryption = serialization.BestAvailableEncryption(b"key-passw0rd")
    form = serialization.PrivateFormat.PKCS8
    key.write_bytes(loaded.private_bytes(serialization.Encoding.PEM, form, encryption))
    return ClientCertificate(str(certificate), str(key), Secret("key-passw0rd"))


def bank(endpoint: Endpoint, guarded: StrictGigaChat, client: ClientCertificate) -> Endpoint:
    return replace(endpoint, base_url=guarded.base_url, api_key=None, client=client)


async def test_a_certificate_alone_signs_in(
    endpoint: Endpoint, guarded: StrictGigaChat, identity: ClientCertificate
) -> None:
    assert await text_of(bank(endpoint, guarded, identity)) == "Привет!"
    (asked,) = guarded.to(CHAT)
    assert "Authorization" not in asked.headers


async def test_a_certificate_goes_with_a_key_and_not_to_the_token_address(
    endpoint: Endpoint,
    server: StrictGigaChat,
    guarded: StrictGigaChat,
    identity: ClientCertificate,
) -> None:
    """The token address is the server without client certificates; both are on localhost."""
    both = replace(bank(endpoint, guarded, identity), api_key=endpoint.api_key)
    async with GigaChat(both) as provider:
        assert provider.identify(guarded.base_url + "/models") == identity
        assert provider.identify(server.auth_url) is None
        guarded.tokens = server.tokens
        await provider.list_models()
    assert len(server.to(OAUTH)) == 1
    assert guarded.to(MODELS)[0].headers["Authorization"].startswith("Bearer ")


async def test_without_the_certificate_the_way_ends(
    endpoint: Endpoint, guarded: StrictGigaChat
) -> None:
    with pytest.raises(NetworkError):
        await text_of(replace(endpoint, base_url=guarded.base_url, access_token=READY))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"password": Secret("wrong")}, "cannot be used"),
        ({"password": None}, "cannot be used"),  # and nobody is asked on the terminal
        ({"key": "/nowhere.key"}, "client_key: there is no file"),
        ({"certificate": "/nowhere.pem"}, "client_cert: there is no file"),
        ({"key": ""}, "cannot be used"),
    ],
)
async def test_a_certificate_that_cannot_be_used_is_a_setting_at_fault(
    endpoint: Endpoint,
    guarded: StrictGigaChat,
    identity: ClientCertificate,
    change: dict[str, Any],
    said: str,
) -> None:
    with pytest.raises(LlmchatError) as raised:
        await text_of(bank(endpoint, guarded, replace(identity, **change)))
    assert isinstance(raised.value, ConfigError)
    assert said in raised.value.message
