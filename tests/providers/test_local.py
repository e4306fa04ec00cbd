"""Local as any other provider: the requests it makes, and a server that a person named `local`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from llmchat.errors import UsageError
from llmchat.providers.formats.vectors import vectors_in
from llmchat.providers.local.machine import Machine
from llmchat.providers.local.service import MOST_TOKENS, Local
from llmchat.values.endpoint import Endpoint
from llmchat.values.messages import Attachment, Message, Request
from tests.providers.conftest import Asking
from tests.servers.dialogues import CHAT, Dialogue
from tests.servers.gguf import write_model
from tests.servers.network import Network, body
from tests.servers.scripted import SSE

DIALOGUE = Dialogue(CHAT, SSE)
HI = (Message("user", "Hi"),)


def machine(home: Path) -> Machine:
    return Machine(home / "models", home / "local", home, home, {})


async def test_a_server_that_a_person_named_local_is_asked_as_ever(ask: Asking) -> None:
    """Before there was a provider of that name, people called their own server so."""
    endpoint = Endpoint(base_url="http://127.0.0.1:9/v1", retries=0)
    heard = await ask("local", CHAT, endpoint=endpoint, model="theirs")
    (sent,) = heard.requests
    assert str(sent.url) == "http://127.0.0.1:9/v1/chat/completions"
    assert json.loads(sent.content)["model"] == "theirs"
    assert "max_tokens" not in json.loads(sent.content)


def test_an_answer_has_a_limit_unless_the_person_sets_one(tmp_path: Path) -> None:
    write_model(tmp_path / "models" / "small.gguf")
    local = Local(machine=machine(tmp_path))
    assert local.prepare(Request("", HI)).options["max_tokens"] == MOST_TOKENS
    asked = Request("", HI, options={"max_completion_tokens": 7})
    assert local.prepare(asked).options == {"max_completion_tokens": 7}


def test_a_picture_for_a_model_without_eyes_is_refused_before_anything_is_loaded(
    tmp_path: Path,
) -> None:
    write_model(tmp_path / "models" / "blind.gguf")
    local = Local(machine=machine(tmp_path))
    seen = Message("user", "What is this?", (Attachment("a.png", "image/png", b"x"),))
    with pytest.raises(UsageError, match="blind cannot see pictures"):
        local.prepare(Request("", (seen,)))
    write_model(tmp_path / "models" / "mmproj-blind.gguf", general__type="mmproj")
    assert local.prepare(Request("", (seen,))).messages == (seen,)


async def test_a_dry_run_starts_nothing(tmp_path: Path) -> None:
    write_model(tmp_path / "models" / "small.gguf")
    network = Network(lambda asked: body([CHAT]))
    async with Local(http=network, machine=machine(tmp_path)) as local:
        events = [event async for event in local.stream(Request("", HI))]
    assert events
    (sent,) = network.requests
    assert json.loads(sent.content)["model"] == "small"
    assert not (tmp_path / "local").exists()


@pytest.mark.parametrize(
    "said",
    [
        *(b"<html>", b"{}", b'{"data": [{"x": 1}]}', b'{"data": [3]}'),
        *(b'{"data": [{"embedding": [%s]}]}' % number for number in (b"1e300", b"1e999", b"NaN")),
    ],
)
def test_what_is_not_a_list_of_vectors_is_an_error(said: bytes) -> None:
    from llmchat.errors import NotAnAnswer

    with pytest.raises(NotAnAnswer, match="embeddings"):
        vectors_in(said, 1)
