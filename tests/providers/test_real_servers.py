"""What real servers were seen to send: llama.cpp's, llama-cpp-python's, litellm's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from llmchat.providers.openai import OpenAI, models_in
from llmchat.values.endpoint import Endpoint, Proxies
from tests.providers.conftest import Asking
from tests.servers.network import body
from tests.servers.scripted import Asked

SEEN: dict[str, Any] = json.loads(Path(__file__).with_name("real_servers.json").read_text("utf-8"))
PLACE = "http://127.0.0.1:9/v1"
NAMED = Proxies(
    explicit="http://own:1", general="http://all:1", http="http://env:1", https="http://env:1"
)
ANSWERS, MODELS = SEEN["answers"], SEEN["models"]


@pytest.mark.parametrize("name", ANSWERS)
async def test_a_reply_is_what_its_server_meant(name: str, ask: Asking) -> None:
    seen = ANSWERS[name]
    pieces = [piece.encode() for piece in seen["body"]]

    def reply(_: Asked) -> httpx.Response:
        return body(pieces, seen["type"], status=seen.get("status", 200))

    heard = await ask("llamacpp", reply, endpoint=Endpoint(base_url=PLACE, retries=0), model="m")
    assert heard.text == seen.get("text", "")
    if "kind" in seen:
        error = heard.failed()
        assert (error.kind, error.exit_code) == (seen["kind"], seen["code"])
        assert ("llmchat auth llamacpp" in error.hint) == (error.kind == "auth")
    else:
        assert heard.finish is not None
        assert heard.finish.reason == seen["reason"]


@pytest.mark.parametrize("name", MODELS)
def test_a_list_of_models_tells_the_window(name: str) -> None:
    seen = MODELS[name]
    found = models_in(json.dumps(seen["body"]).encode(), "application/json")
    assert [[model.id, model.context] for model in found] == seen["models"]


@pytest.mark.parametrize(
    ("name", "base_url", "left"),
    [
        ("llamacpp", "", Proxies(explicit="http://own:1")),
        ("llamacpp", "http://[::1]:8080/v1", Proxies(explicit="http://own:1")),
        ("llamacpp", "https://there.example/v1", NAMED),
        ("openai", PLACE, NAMED),
    ],
)
def test_a_local_server_on_this_machine_is_reached_past_the_proxies_of_the_environment(
    name: str, base_url: str, left: Proxies
) -> None:
    opened = OpenAI(Endpoint(base_url=base_url, proxies=NAMED), name=name)
    assert opened.endpoint.proxies == left
