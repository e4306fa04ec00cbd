"""Pictures of OpenAI-compatible services: parts of a reply, and their way back."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from llmchat.providers.formats.media import image_of
from llmchat.values.events import Image, Notice
from llmchat.values.messages import Attachment, Message
from tests.providers.conftest import Asking, Heard
from tests.servers.dialogues import chat_piece, frames

PNG = b"\x89PNG\r\n\x1a\n cat"
URI = "data:image/png;base64," + base64.b64encode(PNG).decode()
PART = {"type": "image_url", "image_url": {"url": URI}}
WORDS = {"type": "text", "text": "Here:"}


def pictures(heard: Heard) -> list[Image]:
    return [event for event in heard.events if isinstance(event, Image)]


def reply(**delta: Any) -> bytes:
    piece = chat_piece()
    piece["choices"][0]["delta"] = {"content": "", **delta}
    return frames(piece, chat_piece(finish="stop"), "[DONE]")


@pytest.mark.parametrize(
    ("delta", "text"),
    [
        ({"images": [PART]}, ""),
        ({"content": [WORDS, PART]}, "Here:"),
        ({"content": "Here:", "images": [{"image_url": URI}]}, "Here:"),
        ({"images": [PART, PART]}, ""),
    ],
)
async def test_a_picture_in_a_reply_is_a_picture(
    ask: Asking, delta: dict[str, Any], text: str
) -> None:
    heard = await ask("openrouter", reply(**delta))
    assert (heard.error, heard.text) == (None, text)
    assert pictures(heard) == [Image(PNG, "image/png")]


async def test_a_whole_answer_brings_its_picture_as_well(ask: Asking) -> None:
    message = {"role": "assistant", "content": "Here:", "images": [PART]}
    whole = {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}
    heard = await ask("openrouter", json.dumps(whole).encode(), content_type="application/json")
    assert pictures(heard) == [Image(PNG, "image/png")]


async def test_a_picture_elsewhere_is_named_and_not_fetched(ask: Asking) -> None:
    part = {"type": "image_url", "image_url": {"url": "https://evil.example/?q=a b"}}
    heard = await ask("openrouter", reply(images=[part]))
    assert "![picture](<https://evil.example/?q=a b>)" in heard.text
    assert len(heard.requests) == 1


async def test_a_broken_picture_is_told(ask: Asking) -> None:
    part = {"type": "image_url", "image_url": {"url": "data:image/png;base64,%%%"}}
    heard = await ask("openrouter", reply(content="Here:", images=[part]))
    assert Notice("received a picture that cannot be read") in heard.events


@pytest.mark.parametrize("images", [5, 1.5, True, "png", {"url": "x"}, [[]], None])
async def test_pictures_that_are_none_do_not_spoil_the_answer(ask: Asking, images: object) -> None:
    heard = await ask("openrouter", reply(content="Here:", images=images))
    assert (heard.error, heard.text) == (None, "Here:")


async def test_make_it_blue_sends_the_picture_along_to_who_drew_it(ask: Asking) -> None:
    first = await ask("openrouter", reply(images=[PART]))
    assert first.finish is not None
    drawn = (Attachment("cat.png", "image/png", PNG),)
    said = (
        Message("user", "Draw a cat"),
        Message("assistant", "", drawn, first.finish.memory),
        Message("user", "Make it blue"),
    )
    for name, parts in (("openrouter", [{"type": "text", "text": "Make it blue"}, PART]),):
        heard = await ask(name, reply(images=[PART]), *said)
        assert json.loads(heard.requests[0].content)["messages"][-1]["content"] == parts
    other = await ask("groq", reply(content="no"), *said, model="m")
    assert json.loads(other.requests[0].content)["messages"][-1]["content"] == "Make it blue"


@pytest.mark.parametrize("empty", ["data:\n\n", "data: \n\n", "event: ping\ndata:\n\n"])
async def test_an_event_with_empty_data_is_ignored(ask: Asking, empty: str) -> None:
    body = empty.encode() + frames(chat_piece("Hi"), chat_piece(finish="stop"), "[DONE]")
    heard = await ask("openai", body, model="m")
    assert (heard.error, heard.text) == (None, "Hi")


@pytest.mark.parametrize("url", [None, 3, "https://a.example/b.png", "data:image/png,abc", "data:"])
def test_what_is_no_data_uri_is_no_picture(url: object) -> None:
    assert image_of(url) is None
