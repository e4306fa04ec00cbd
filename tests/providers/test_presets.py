"""A strict server for each preset: where it is asked, with which key, and with which fields."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from llmchat.errors import AuthError, ConfigError, QuotaExceeded
from llmchat.providers import KEY_VARIABLES, LOCAL, load
from llmchat.providers.base import Provider
from llmchat.providers.openai import OpenAI, models_in
from llmchat.providers.presets import PRESETS, Preset
from llmchat.settings.keys import FOREIGN
from llmchat.values.endpoint import Endpoint, Proxies
from llmchat.values.secret import Secret
from tests.providers.conftest import KEY, Asking, question, told
from tests.servers.dialogues import CHAT
from tests.servers.network import Network, body
from tests.servers.scripted import JSON, Asked

NAMED = [name for name, preset in PRESETS.items() if preset.access == "key"]
USUAL = {"model", "messages", "stream"}
# Fields beyond the usual ones that a plain question has: a server that is strict refuses others.
PLAIN: dict[str, set[str]] = {
    name: set() if name in ("zai", "zai-coding", "bigmodel", "mistral") else {"stream_options"}
    for name in PRESETS
}


def strict(preset: Preset, allowed: set[str]) -> Any:
    """A server that refuses whatever the service is not known to accept."""

    def answer(asked: Asked) -> httpx.Response:
        if asked.method == "GET":
            return body([b'{"data":[{"id":"listed"}]}'], JSON)
        wrong = set(asked.json) - USUAL - allowed
        if (
            preset.access == "key"
            and asked.headers.get("authorization") != f"Bearer {KEY.reveal()}"
        ):
            wrong.add("authorization")
        if wrong:
            said = json.dumps({"error": {"message": f"extra: {sorted(wrong)}"}})
            return body([said.encode()], JSON, status=422)
        return body([CHAT])

    return answer


@pytest.mark.parametrize("name", PRESETS)
async def test_a_plain_question_has_only_what_the_service_takes(name: str, ask: Asking) -> None:
    preset = PRESETS[name]
    heard = await ask(name, strict(preset, PLAIN[name]))
    assert heard.error is None
    assert str(heard.requests[-1].url) == f"{preset.base_url}/chat/completions"
    assert set(json.loads(heard.requests[-1].content)) == USUAL | PLAIN[name]


@pytest.mark.parametrize("name", PRESETS)
async def test_the_length_limit_is_spelled_as_the_service_spells_it(name: str, ask: Asking) -> None:
    for given in ("max_tokens", "max_completion_tokens"):
        heard = await ask(name, CHAT, model="m", options={given: 5})
        sent = json.loads(heard.requests[-1].content)
        found = {key: sent[key] for key in sent if key.startswith("max_")}
        assert found == {PRESETS[name].length_field: 5}


async def test_a_service_that_chooses_tools_itself_is_not_told_to(ask: Asking) -> None:
    options = {"tools": [{"type": "function"}], "tool_choice": "required"}
    for name, expected in (("zai", "auto"), ("openai", "required")):
        heard = await ask(name, CHAT, model="m", options=options)
        assert json.loads(heard.requests[-1].content)["tool_choice"] == expected


async def test_a_mistyped_option_is_sent_and_its_nearest_name_told(ask: Asking) -> None:
    heard = await ask("openai", CHAT, model="m", options={"temprature": 1, "odd_one": 2})
    assert told(heard) == (
        "temprature is not a known option (did you mean temperature?); sent anyway"
    )
    assert json.loads(heard.requests[-1].content)["temprature"] == 1


async def test_anthropic_gets_its_key_where_its_list_of_models_looks_for_it() -> None:
    network = Network(lambda asked: body([b'{"data":[{"id":"m"}]}'], JSON))
    async with OpenAI(Endpoint(api_key=KEY), name="anthropic", http=network) as provider:
        await provider.list_models()
    (asked,) = network.requests
    assert asked.headers["x-api-key"] == KEY.reveal()
    assert asked.headers["anthropic-version"] == "2023-06-01"


async def test_a_key_is_tried_where_a_wrong_one_is_refused() -> None:
    """OpenRouter shows its list of models to everybody."""

    def answer(asked: Asked) -> httpx.Response:
        open_to_all = asked.target.endswith("/models")
        reply = b'{"data":[]}' if open_to_all else b'{"error":{"message":"No auth","code":401}}'
        return body([reply], JSON, status=200 if open_to_all else 401)

    async with OpenAI(Endpoint(api_key=KEY), name="openrouter", http=Network(answer)) as provider:
        assert await provider.list_models() == ()
        with pytest.raises(AuthError) as caught:
            await provider.check_credentials()
    assert caught.value.hint == "to enter another key: llmchat auth openrouter"


@pytest.mark.parametrize("name", [n for n in NAMED if PRESETS[n].twin])
async def test_a_key_of_the_other_region_is_asked_there(name: str) -> None:
    twin = PRESETS[name].twin
    assert twin
    network = Network(lambda asked: body([CHAT]))
    endpoint = Endpoint(api_key=KEY, region=twin.name)
    async with OpenAI(endpoint, name=name, http=network) as provider:
        provider.check_key()
        events = [event async for event in provider.stream(question("m"))]
    assert events
    assert str(network.requests[0].url) == f"{twin.base_url}/chat/completions"


@pytest.mark.parametrize(
    ("name", "hint"),
    [("zai", "-p zai-coding"), ("bigmodel", "-p zai-coding"), ("zai-coding", "-p zai;")],
)
async def test_no_balance_tells_a_plans_key_from_an_empty_account(
    name: str, hint: str, ask: Asking
) -> None:
    said = b'{"error":{"code":"1113","message":"Insufficient balance or no resource package."}}'
    heard = await ask(name, body([said], JSON, status=429))
    assert isinstance(heard.failed(), QuotaExceeded)
    assert hint in heard.failed().hint
    assert heard.failed().exit_code == 7


@pytest.mark.parametrize("name", LOCAL)
def test_what_does_not_leave_the_machine_goes_through_no_proxy_but_its_own(name: str) -> None:
    around = Proxies(general="http://g:1", http="http://e:1")
    assert load(name)(Endpoint(proxies=around), name=name).endpoint.proxies == Proxies()
    own = Proxies(explicit="http://o:1", http="http://e:1")
    opened = load(name)(Endpoint(proxies=own), name=name)
    assert opened.endpoint.proxies == Proxies(explicit="http://o:1")
    away = Endpoint(base_url="https://box.example/v1", proxies=around)
    assert load(name)(away, name=name).endpoint.proxies == around


def test_a_service_with_a_key_keeps_to_the_proxies_on_loopback_too() -> None:
    around = Proxies(general="http://g:1", http="http://e:1")
    endpoint = Endpoint(base_url="http://127.0.0.1:9/v1", proxies=around)
    assert OpenAI(endpoint, name="openai").endpoint.proxies == around


@pytest.mark.parametrize(("key", "what"), [(KEY, "another key"), (None, "a key")])
def test_a_local_server_that_wants_a_key_says_how_to_give_one(
    key: Secret | None, what: str
) -> None:
    said = b'{"error":{"message":"Invalid API Key","type":"authentication_error","code":401}}'
    error = OpenAI(Endpoint(api_key=key), name="llamacpp").explain(401, {}, said)
    assert error.hint == f"to enter {what}: llmchat auth llamacpp"


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        (b"404 page not found", 404),
        (b'{"detail":"Not Found"}', 404),
        (b'{"error":{"code":404,"message":"File Not Found","type":"not_found_error"}}', 404),
        (b'{"error":"Unexpected endpoint or method. (POST /chat/completions)"}', 200),
    ],
)
async def test_a_wrong_path_in_base_url_is_told_as_that(
    reply: bytes, status: int, ask: Asking
) -> None:
    endpoint = Endpoint(base_url="http://127.0.0.1:11434", retries=0)
    heard = await ask("ollama", body([reply], JSON, status=status), endpoint=endpoint, model="m")
    error = heard.failed()
    assert isinstance(error, ConfigError)
    assert "base_url" in error.hint


@pytest.mark.parametrize(
    ("row", "window"),
    [
        ({"meta": {"n_ctx_train": 131072, "n_ctx": 8192}}, 8192),
        ({"meta": {"n_ctx_train": 131072}}, 131072),
        ({"max_context_length": 100, "loaded_context_length": 50}, 50),
        ({"max_model_len": 7}, 7),
        ({"meta": None, "context_length": True}, None),
    ],
)
def test_the_window_is_what_the_server_has_loaded(row: dict[str, Any], window: int | None) -> None:
    listed = json.dumps({"data": [{"id": "m", **row}]}).encode()
    assert models_in(listed, JSON)[0].context == window


@pytest.mark.parametrize("name", PRESETS)
def test_a_row_is_whole(name: str) -> None:
    preset = PRESETS[name]
    assert preset.label
    if preset.access == "key":
        assert preset.base_url.startswith("https://")
        assert preset.key_page.startswith("https://")
        assert preset.keys
        assert bool(preset.region) == bool(preset.twin)
    else:
        assert preset.port
    assert preset.base_url == preset.base_url.rstrip("/")


@pytest.mark.parametrize(
    ("name", "tools", "schema", "images"),
    [
        ("gigachat", True, "flat", True), ("openai", True, "json_schema", True),
        ("demo", False, "", False),
        ("chatglm", False, "", False), ("yqcloud", False, "", False),
        ("chatgptt", False, "", False), ("anthropic", True, "", True),
        ("yandex", True, "json_schema", False), ("deepseek", True, "json_object", True),
    ],
)  # fmt: skip
def test_capabilities_are_declared(name: str, tools: bool, schema: str, images: bool) -> None:
    opened: Provider = load(name)(name=name)
    assert opened.supports_tools is tools
    assert opened.supports_schema == schema
    assert opened.supports_images is images


PAGE = Path(__file__).parents[2] / "docs" / "providers.md"


@pytest.mark.parametrize("name", PRESETS)
def test_the_page_tells_what_the_row_says(name: str) -> None:
    """Address, key variables, page for keys, region and model of each preset."""
    rows = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith(f"| {name} |")]
    assert row_of(name, PRESETS[name]) in rows


def row_of(name: str, preset: Preset) -> str:
    keys = ", ".join(f"`{key}`" for key in preset.keys) or "none"
    page = f"[page]({preset.key_page})" if preset.key_page else ""
    region = f"{preset.region}; else {preset.twin.name}" if preset.twin else ""
    model = preset.model or "the first listed"
    return f"| {name} | `{preset.base_url}` | {keys} | {page} | {region} | {model} |"


def test_no_variable_is_named_in_two_places() -> None:
    assert not {(name, "api_key") for name in KEY_VARIABLES} & set(FOREIGN)
