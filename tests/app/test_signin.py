"""Signing in with a key: the region that knows it is found, and remembered."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from llmchat.app.accounts.signin import SignedIn, sign_in, sign_out
from llmchat.app.run.context import Context, open_context
from llmchat.errors import AuthError
from llmchat.providers.presets import CHINA, PRESETS
from llmchat.store.private.credentials import Credentials
from llmchat.world import World
from tests.servers.network import Network, body
from tests.servers.scripted import JSON, Asked

TWINS = [name for name, preset in PRESETS.items() if preset.twin]
MODELS = b'{"data":[{"id":"m-1"}]}'


@pytest.fixture
def context(tmp_path: Path) -> Callable[..., Context]:
    def context(network: Network, **environ: str) -> Context:
        out, err = io.StringIO(), io.StringIO()
        home = {"LLMCHAT_HOME": str(tmp_path / "home"), **environ}
        return open_context(World(home, io.StringIO(), out, err, tmp_path, http=network))

    return context


def known_at(*addresses: str, gone: str = "") -> Network:
    """Makes the key valid at these addresses; those in `gone` cannot be reached."""

    def answer(asked: Asked) -> httpx.Response:
        url = f"https://{asked.headers['host']}{asked.target}"
        if gone and url.startswith(gone):
            raise httpx.ConnectError("no way")
        if any(url == f"{address}/models" for address in addresses):
            return body([MODELS], JSON)
        return body([b'{"error":{"message":"unknown key"}}'], JSON, status=401)

    return Network(answer)


@pytest.mark.parametrize("name", TWINS)
async def test_the_region_that_knows_the_key_is_found_and_remembered(
    name: str, context: Callable[..., Context], tmp_path: Path
) -> None:
    twin = PRESETS[name].twin
    assert twin
    network = known_at(twin.base_url)
    found = await sign_in(context(network), name, "sk-other")
    assert found == SignedIn(name, region=twin.name, models=("m-1",))
    assert len(network.requests) == 2
    kept = Credentials(tmp_path / "home" / "credentials.json").get(name)
    assert kept is not None
    assert kept.region == twin.name
    again = context(known_at())
    assert again.endpoint(name).region == twin.name
    async with again.provider(name) as provider:
        assert getattr(provider, "base", "") == twin.base_url


@pytest.mark.parametrize("name", TWINS)
async def test_the_own_region_is_asked_first_and_alone_if_it_knows_the_key(
    name: str, context: Callable[..., Context], tmp_path: Path
) -> None:
    preset = PRESETS[name]
    network = known_at(preset.base_url)
    found = await sign_in(context(network), name, "sk-own")
    assert found.region == preset.region
    assert len(network.requests) == 1
    kept = Credentials(tmp_path / "home" / "credentials.json").get(name)
    assert kept is not None
    assert kept.region == ""


async def test_a_key_that_both_regions_refuse_is_not_kept(
    context: Callable[..., Context], tmp_path: Path
) -> None:
    with pytest.raises(AuthError, match=CHINA):
        await sign_in(context(known_at()), "zai", "sk-bad")
    assert not (tmp_path / "home" / "credentials.json").exists()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("gemini", b'[{"error":{"code":400,"status":"INVALID_ARGUMENT",'
                   b'"message":"API key not valid. Please pass a valid API key."}}]'),
        ("xai", b'{"code":"Client specified an invalid argument",'
                b'"error":"Incorrect API key provided: xa***ad."}'),
    ],
)  # fmt: skip
async def test_a_wrong_key_that_is_called_a_bad_request_is_not_kept(
    name: str, said: bytes, context: Callable[..., Context], tmp_path: Path
) -> None:
    with pytest.raises(AuthError, match="API key"):
        await sign_in(context(Network(lambda _: body([said], JSON, status=400))), name, "a-bad-one")
    assert not (tmp_path / "home" / "credentials.json").exists()


async def test_a_region_that_cannot_be_reached_does_not_hide_the_other(
    context: Callable[..., Context],
) -> None:
    zai = PRESETS["zai"]
    assert zai.twin
    network = known_at(zai.twin.base_url, gone=zai.base_url)
    found = await sign_in(context(network), "zai", "sk-china")
    assert found.region == CHINA
    unreached = await sign_in(context(known_at(gone=zai.base_url)), "zai", "sk-what")
    assert unreached.unchecked


async def test_a_persons_own_address_is_asked_alone(context: Callable[..., Context]) -> None:
    own = "https://gateway.example/v1"
    network = known_at(own)
    found = await sign_in(context(network, LLMCHAT_ZAI_BASE_URL=own), "zai", "sk-gateway")
    assert (found.region, len(network.requests)) == ("", 1)


async def test_an_open_list_of_models_does_not_prove_a_key(
    context: Callable[..., Context],
) -> None:
    router = PRESETS["openrouter"].base_url
    with pytest.raises(AuthError):
        await sign_in(context(known_at(router)), "openrouter", "sk-bad")


async def test_a_run_that_saw_nobody_signed_in_has_the_key_from_then_on(
    context: Callable[..., Context],
) -> None:
    """As when nothing is set up, and a key is typed before the question is sent."""
    run = context(known_at(PRESETS["deepseek"].base_url))
    assert run.stored_names == ()
    await sign_in(run, "deepseek", "sk-own")
    found = run.endpoint("deepseek").api_key
    assert found is not None
    assert found.reveal() == "sk-own"
    sign_out(run, "deepseek")
    assert run.endpoint("deepseek").api_key is None
