"""Correct replies of every service as bytes, which a test may cut, delay or alter."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.servers.scripted import JSON, SSE, TEXT, Asked, Script, Visit, head

SAID = "Привет, 你好! 👋"
PAGE = (
    '<div class="wpaicg-chat-shortcode" data-nonce="a1b2c3d4e5" data-post-id="22" '
    'data-bot-id="0" data-url="https://chatgptt.me">'
)


def frames(*data: dict[str, Any] | str) -> bytes:
    said = (d if isinstance(d, str) else json.dumps(d, ensure_ascii=False) for d in data)
    return "".join(f"data: {d}\n\n" for d in said).encode()


def chat_piece(content: str = "", finish: str | None = None, **more: Any) -> dict[str, Any]:
    choice = {"index": 0, "delta": {"content": content}, "finish_reason": finish}
    return {"model": "served-1", "choices": [choice], **more}


def bare_piece(content: str) -> dict[str, Any]:
    """A frame of a service that never sends a finish reason."""
    return {"choices": [{"index": 0, "delta": {"content": content}}]}


def guest_frame(text: str, status: str = "init", kind: str = "text", **more: Any) -> dict[str, Any]:
    content = {"type": kind, kind: text}
    return {
        "parts": [{"logic_id": "l1", "content": [content], "status": status}],
        "status": status,
        **more,
    }


CHAT = frames(
    chat_piece("Привет, "),
    chat_piece("你好! 👋"),
    chat_piece(finish="stop"),
    {"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}},
    "[DONE]",
)
GUEST = frames(guest_frame("Привет, "), guest_frame(SAID), guest_frame(SAID, "finish"))


@dataclass(frozen=True)
class Dialogue:
    """How a provider is answered: `body` is the reply to the last request."""

    body: bytes
    content_type: str
    before: Callable[[Asked], bytes | None] = lambda asked: None
    marked: bool = True  # the body says itself where it ends

    def script(self, send: Callable[[Visit, bytes], Any] | None = None) -> Script:
        """Correct replies; `send` may send the last one in another way."""

        async def answer(visit: Visit) -> None:
            if early := self.before(visit.asked):
                await visit.send(early)
            elif send:
                await send(visit, self.body)
            else:
                top = head(200, self.content_type, content_length=len(self.body))
                await visit.send(top + self.body)

        return answer


def _page(asked: Asked) -> bytes | None:
    if asked.method != "GET":
        return None
    top = head(200, "text/html", content_length=len(PAGE), set_cookie="PHPSESSID=s3ss; path=/")
    return top + PAGE.encode()


DIALOGUES = {
    "openai": Dialogue(CHAT, SSE),
    "chatglm": Dialogue(GUEST, SSE),
    "yqcloud": Dialogue(SAID.encode(), TEXT, marked=False),
    "chatgptt": Dialogue(
        json.dumps({"status": "success", "data": SAID}, ensure_ascii=False).encode(), JSON, _page
    ),
}


def _token(asked: Asked) -> bytes | None:
    if "oauth" not in asked.target:
        return None
    body = json.dumps({"access_token": "t0ken-of-a-test", "expires_at": 4_102_444_800_000})
    return head(200, JSON, content_length=len(body)) + body.encode()


MORE_DIALOGUES = {
    "gigachat": Dialogue(CHAT, SSE, _token),
    "chatgptt": Dialogue(CHAT, SSE, _page),  # its stream mode
    "chatglm": Dialogue(
        frames(guest_frame("Привет, "), guest_frame("你好! 👋"), guest_frame(SAID, "finish")), SSE
    ),
    "openai": Dialogue(
        json.dumps(
            {"choices": [{"message": {"content": SAID}, "finish_reason": "stop"}]},
            ensure_ascii=False,
        ).encode(),
        JSON,
    ),
}


def _call_piece(finish: str | None = None, **call: Any) -> dict[str, Any]:
    delta = {"tool_calls": [{"index": 0, **call}]} if call else {}
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


ARGUMENTS = {"zone": "Европа/Москва"}
_SPELLED = json.dumps(ARGUMENTS, ensure_ascii=False)
_CALL = {"id": "call_1", "type": "function"}
_FUNCTION = {"function_call": {"name": "clock__now", "arguments": ARGUMENTS}}
# A model that calls `clock__now` with ARGUMENTS after saying SAID.
TOOL_DIALOGUES = {
    "openai": Dialogue(
        frames(
            chat_piece(SAID),
            _call_piece(**_CALL, function={"name": "clock__now", "arguments": ""}),
            _call_piece(function={"arguments": _SPELLED[:12]}),
            _call_piece(function={"arguments": _SPELLED[12:]}),
            _call_piece("tool_calls"),
            {"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 2}},
            "[DONE]",
        ),
        SSE,
    ),
    "gigachat": Dialogue(
        frames(
            chat_piece(SAID),
            {"choices": [{"index": 0, "delta": {"content": "", **_FUNCTION}}]},
            chat_piece(finish="function_call"),
            "[DONE]",
        ),
        SSE,
        _token,
    ),
}
MORE_TOOL_DIALOGUES = {
    "openai": Dialogue(
        json.dumps(
            {
                "choices": [
                    {
                        "message": {
                            "content": SAID,
                            "tool_calls": [
                                {**_CALL, "function": {"name": "clock__now", "arguments": _SPELLED}}
                            ],
                        },
                        "finish_reason": "stop",
                    }
                ]
            }
        ).encode(),
        JSON,
    ),
    "gigachat": Dialogue(
        json.dumps(
            {
                "choices": [
                    {"message": {"content": SAID, **_FUNCTION}, "finish_reason": "function_call"}
                ]
            }
        ).encode(),
        JSON,
        _token,
    ),
}
