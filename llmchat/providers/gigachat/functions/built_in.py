"""Decides when GigaChat's built-in functions may run: it draws pictures and reads documents only
with `function_call: auto`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from llmchat.providers.gigachat.files import is_document
from llmchat.values.endpoint import Pictures
from llmchat.values.messages import Message, Request

DRAWS, READS = "text2image", "get_file_content"
STATE = "functions_state_id"  # a key in an answer's memory: the state of a drawing
CALL_STATE = "call_state"  # likewise: the state of a client's call, which needs its result
OF_A_PICTURE = r"(?:картин|изображен|рисун|иллюстрац|логотип|постер|открытк|арт\b|фото)"
ASKS = re.compile(
    r"\b(?:на|пере|до|под)?рис(?:уй|ова|уешь)\w*|\bизобрази\w*"
    rf"|\b(?:сгенерир|созда|сдела|придума|покажи)\w*\s(?:\S+\s){{0,4}}?{OF_A_PICTURE}"
    r"|\b(?:draw|sketch|paint)\b"
    r"|\b(?:generate|create|make|render|show)\b(?:\s\S+){0,4}?\s"
    r"(?:images?|pictures?|photos?|drawings?|illustrations?|logos?|posters?)\b"
    r"|画|繪",
    re.IGNORECASE,
)


def function_call(request: Request, pictures: Pictures) -> dict[str, Any]:
    """The `function_call` field, if the request needs it and the person set no other."""
    if {"function_call", "functions"} & request.options.keys():
        return {}
    return {"function_call": "auto"} if built_in(request, pictures) else {}


def built_in(request: Request, pictures: Pictures) -> list[str]:
    """The built-in functions that this request needs."""
    messages = request.messages
    reads = any(is_document(a) for m in messages if m.role == "user" for a in m.attachments)
    draws = pictures == "auto" or (pictures == "asked" and asks_for_picture(messages))
    return [name for name, wanted in ((DRAWS, draws), (READS, reads)) if wanted]


def asks_for_picture(messages: Sequence[Message]) -> bool:
    """Whether the last question asks for a picture, or an earlier answer has one that may be
    changed."""
    asked = next((m.text for m in reversed(messages) if m.role == "user"), "")
    return ASKS.search(asked[:2000]) is not None or any(m.memory.get(STATE) for m in messages)
