"""A service that repeats the key in any form that programs use: no stream or file shows more than
eight consecutive characters of it."""

from __future__ import annotations

import base64
import io
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import httpx
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from llmchat.cli.main import run
from llmchat.values.secret import RUN
from llmchat.world import World
from tests.servers.network import Network, body

KEY = "sk-4fT9/xQ2+bLmZ7vKc1Rd/n8sYhG5jP0uEoAiXq3BtNw6MV=="
SPELLINGS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "in JSON, as PHP writes it": lambda key: json.dumps({"a": key}).replace("/", "\\/"),
    "in JSON, as Java writes it": lambda key: json.dumps({"a": key}).replace("=", "\\u003d"),
    "in JSON twice": lambda key: json.dumps(json.dumps(f"Bearer {key}")),
    "in a URL": lambda key: quote(f"https://x.example/?key={key}", safe=""),
    "in a form": lambda key: quote(key, safe="").lower(),
    "basic": lambda key: base64.b64encode(f"anna:{key}".encode()).decode(),
    "bearer": lambda key: base64.urlsafe_b64encode(f"Bearer {key}".encode()).decode(),
    "in Python": lambda key: repr({"authorization": key}),
    "cut": lambda key: key[:30] + "...",
    "its end": lambda key: "..." + key[12:],
}
FORMS = [KEY, quote(KEY, safe=""), base64.b64encode(KEY.encode()).decode()]
FORMS += [base64.b64encode(bytes(n) + KEY.encode()).decode()[n + 1 :] for n in (1, 2)]

Place = Callable[[str], httpx.Response]


def sse(*frames: object) -> httpx.Response:
    lines = [f"data: {json.dumps(frame)}\n\n".encode() for frame in frames]
    return body([*lines, b"data: [DONE]\n\n"])


def refusal(status: int, **more: str) -> Place:
    def reply(said: str) -> httpx.Response:
        told = {"error": {"message": said, "code": said, "type": said, "param": said}}
        headers = [(name.replace("_", "-"), value.format(said)) for name, value in more.items()]
        return body([json.dumps(told).encode()], "application/json", status=status, headers=headers)

    return reply


def choice(**fields: object) -> dict[str, object]:
    return {"choices": [{"delta": {"content": "Well "}, "finish_reason": None, **fields}]}


CALL = {"index": 0, "id": "a", "function": {"name": "x", "arguments": "{}"}}
PLACES: dict[str, Place] = {
    **{f"HTTP {status}": refusal(status) for status in (400, 401, 403, 404, 413, 429, 500, 503)},
    "a plain text": lambda said: body([said.encode()], "text/plain", status=502),
    "a page": lambda said: body([f"<html>{said}".encode()], "text/html"),
    "headers": refusal(429, x_request_id="{}", retry_after="{}", content_encoding="{}"),
    "elsewhere": refusal(308, location="https://x.example/{0}?key={0}"),
    "an early error in a stream": lambda said: sse({"error": {"message": said, "code": 429}}),
    "a late error": lambda said: sse(choice(), {"error": said}),
    "an event of error": lambda said: body(
        [b"event: error\ndata: " + json.dumps({"message": said}).encode() + b"\n\n"]
    ),
    "a finish reason": lambda said: sse(choice(finish_reason=said)),
    "a failed finish": lambda said: sse(choice(), choice(finish_reason="error"), {"error": said}),
    "a model": lambda said: sse({**choice(finish_reason="stop"), "model": said, "id": said}),
    "an answer": lambda said: sse(choice(delta={"content": said}, finish_reason="stop")),
    "thoughts": lambda said: sse(choice(delta={"reasoning": said}), choice(finish_reason="stop")),
    "a refusal": lambda said: sse(choice(delta={"refusal": said}, finish_reason="stop")),
    "a picture": lambda said: sse(
        choice(delta={"images": [{"image_url": {"url": f"https://x.example/{said}"}}]}),
        choice(finish_reason="stop"),
    ),
    "a call": lambda said: sse(
        choice(delta={"tool_calls": [{**CALL, "function": {"name": said, "arguments": said}}]}),
        choice(finish_reason="tool_calls"),
    ),
    "no JSON": lambda said: body([f"data: {{{said}\n\n".encode()]),
    "models": lambda said: body(
        [json.dumps({"data": [{"id": said, "owned_by": said}]}).encode()], "application/json"
    ),
}
LIMITS = ("HTTP 429", "headers", "an early error in a stream")  # a batch waits for minutes then
COMMANDS: tuple[tuple[str, ...], ...] = (
    ("ask", "-p", "openai", "-m", "m", "hi"),
    ("ask", "-p", "openai", "--json", "hi"),
    ("ask", "-p", "openai", "-m", "m", "--jsonl", "-u", "hi"),
    ("ask", "-p", "openai", "-m", "m", "--schema", "a int", "hi"),
    ("ask", "--vs", "openai/a", "--vs", "openai/b", "hi"),
    ("batch", "-", "-p", "openai", "-m", "m"),
    ("cmd", "--print", "-p", "openai", "-m", "m", "list files"),
    ("doctor", "openai", "--live"),
    ("doctor", "openai", "--live", "--json"),
    ("models", "openai", "--refresh"),
    ("auth", "openai", "--key-stdin"),
)


def everything(home: Path, answer: Place, said: str, argv: tuple[str, ...], debug: str) -> str:
    """Everything that one command line prints or saves."""
    out, err = io.StringIO(), io.StringIO()
    environ = {
        "LLMCHAT_HOME": str(home / "h"),
        "LLMCHAT_OPENAI_BASE_URL": "http://127.0.0.1:9/v1",
        "LLMCHAT_OPENAI_RETRIES": "0",
        "LLMCHAT_DEBUG": debug,
        "LLMCHAT_FIND_LOCAL": "false",
    }
    if argv[0] != "auth":
        environ["OPENAI_API_KEY"] = KEY
    stdin = io.StringIO(KEY if argv[0] == "auth" else "hi\n")
    run([*argv], World(environ, stdin, out, err, home, http=Network(lambda _: answer(said))))
    kept = (p for p in home.rglob("*") if p.is_file() and p.name != "credentials.json")
    files = "\n".join(path.read_bytes().decode("latin-1") for path in kept)
    assert out.getvalue() + err.getvalue()
    return out.getvalue() + err.getvalue() + files


def leaked(text: str) -> list[str]:
    grams = (form[at : at + RUN] for form in FORMS for at in range(len(form) - RUN + 1))
    return [gram for gram in grams if gram in text]


@given(
    place=st.sampled_from(sorted(PLACES)),
    spelling=st.sampled_from(sorted(SPELLINGS)),
    argv=st.sampled_from(COMMANDS),
    around=st.tuples(st.text(max_size=12), st.text(max_size=12)),
    debug=st.sampled_from(["", "1"]),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_place_and_no_spelling_brings_a_key_back(
    place: str, spelling: str, argv: tuple[str, ...], around: tuple[str, str], debug: str
) -> None:
    assume(argv[0] != "batch" or place not in LIMITS)
    said = around[0] + SPELLINGS[spelling](KEY) + around[1]
    said = said.encode("utf-8", "replace").decode()
    header = said if place not in ("headers", "elsewhere") else SPELLINGS[spelling](KEY)
    with tempfile.TemporaryDirectory() as home:
        assert not leaked(everything(Path(home), PLACES[place], header, argv, debug))
