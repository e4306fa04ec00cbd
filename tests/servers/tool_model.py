"""A model that calls tools by a script, behind OpenAI's wire and behind GigaChat's; both strict.

A script is one turn a request; the last turn stays, so that a lone call is a model that never ends.
A turn may be a function of the request's body, for an answer that quotes a result:

    with OpenAIModel(calls(("now", {"zone": "UTC"})), says("It is noon.")).running() as model:
        ...  # base_url = model.url, any model name, no key; `-p vllm` or a name of your own
    assert model.asked[1]["messages"][-1]["content"] == "12:00"

    with OpenAIModel(calls(("now", {})), lambda body: says(f"I read {results(body)[-1]}")) ...

    play(server, calls(("now", {})), says("It is noon."))  # `server`: the fixture StrictGigaChat

Whatever is malformed is refused with 400 (GigaChat: 422), with the reason in the error's message
and in `model.refused`; `Wire` (of `tool_rules`) bends the form of the calls as services do.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any
from uuid import uuid4

import httpx

from tests.servers.gigachat import DONE, USAGE, StrictGigaChat, frame
from tests.servers.network import body as reply_of
from tests.servers.scripted import JSON, SSE, Asked
from tests.servers.tool_rules import Wire, complaint


@dataclass(frozen=True)
class Said:
    """What the model says in one turn: words, calls of tools, or both."""

    text: str = ""
    calls: tuple[tuple[str, Any], ...] = ()  # names, and arguments: a mapping, or text as it is
    reasoning: str | None = None


Turn = Said | Callable[[Any], Said]


def says(text: str, *, reasoning: str | None = None) -> Said:
    return Said(text, reasoning=reasoning)


def calls(*wanted: tuple[str, Any], text: str = "", reasoning: str | None = None) -> Said:
    return Said(text, wanted, reasoning)


def results(body: Any) -> list[str]:
    """The results that a request brings, in their order (of both wires)."""
    return [m["content"] for m in body["messages"] if m["role"] in ("tool", "function")]


class Script:
    """The turns of a model, one a request."""

    def __init__(self, *turns: Turn) -> None:
        self._left = list(turns)
        self._lock = threading.Lock()

    def next(self, body: Any) -> Said:
        with self._lock:
            turn = self._left.pop(0) if len(self._left) > 1 else self._left[0]
        return turn(body) if callable(turn) else turn


class OpenAIModel:
    """A strict OpenAI-compatible server with one model; also a function for a `Network`."""

    def __init__(self, *turns: Turn, wire: Wire | None = None) -> None:
        self.script = Script(*turns)
        self.wire = wire or Wire()
        self.asked: list[Any] = []  # the bodies of all chat requests
        self.refused: list[str] = []
        self.port = 0
        self._ids = count(1)
        self._thoughts: dict[str, str] = {}  # what was thought before a call, by its id

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def __call__(self, asked: Asked) -> httpx.Response:
        status, kind, content = self.reply(asked.method, asked.target, asked.headers, asked.body)
        return reply_of([content], kind, status=status)

    @contextmanager
    def running(self) -> Iterator[OpenAIModel]:
        server = _Server(("127.0.0.1", 0), _Handler)
        server.model = self
        self.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()
            thread.join(5)

    def reply(
        self, method: str, target: str, headers: Mapping[str, str], content: bytes
    ) -> tuple[int, str, bytes]:
        """Status, content type and body."""
        if method == "GET" and target.endswith("/models"):
            return 200, JSON, b'{"object":"list","data":[{"id":"tool-model","object":"model"}]}'
        if method != "POST" or not target.endswith("/chat/completions"):
            return self._refuse(404, f"no such address: {method} {target}")
        try:
            body = json.loads(content)
        except ValueError:
            return self._refuse(400, "the body is not JSON")
        if headers.get("content-type") != JSON:
            return self._refuse(400, "the content type is not application/json")
        self.asked.append(body)
        wrong = complaint(body, self.wire) or self._lost_thought(body)
        if wrong:
            return self._refuse(400, wrong)
        said = self.script.next(body)
        return (200, SSE, self._stream(body, said)) if body.get("stream") else self._whole(said)

    def _refuse(self, status: int, message: str) -> tuple[int, str, bytes]:
        self.refused.append(message)
        error = {"message": message, "type": "invalid_request_error", "code": None}
        return status, JSON, json.dumps({"error": error}).encode()

    def _lost_thought(self, body: Any) -> str:
        """What was thought before a call must come back with it, even when it was nothing."""
        if not self.wire.thinks:
            return ""
        for message in body["messages"]:
            for call in message.get("tool_calls", ()):
                thought = self._thoughts.get(call["id"], "")
                if message.get("reasoning_content") != thought:
                    return "The `reasoning_content` in the thinking mode must be passed back"
        return ""

    def _calls(self, said: Said) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for name, arguments in said.calls:
            text = arguments if isinstance(arguments, str) else json.dumps(arguments)
            empty = self.wire.arguments == "empty" and text == "{}"
            given: Any = arguments if self.wire.arguments == "object" else "" if empty else text
            call = {"type": "function", "function": {"name": name, "arguments": given}}
            if self.wire.ids:
                call["id"] = f"call{next(self._ids):05}" if self.wire.nine else f"call_{uuid4()}"
                self._thoughts[str(call["id"])] = said.reasoning or ""
            if self.wire.signs and not found:
                call["extra_content"] = {"google": {"thought_signature": f"s1gned-{call['id']}"}}
            found.append(call)
        return found

    def _finish(self, said: Said) -> str:
        return self.wire.finish if said.calls else "stop"

    def _whole(self, said: Said) -> tuple[int, str, bytes]:
        message: dict[str, Any] = {"role": "assistant", "content": said.text or None}
        if said.reasoning is not None:
            message["reasoning_content"] = said.reasoning
        if said.calls:
            message["tool_calls"] = self._calls(said)
        choice = {"index": 0, "message": message, "finish_reason": self._finish(said)}
        data = {"object": "chat.completion", "model": "tool-model-1", "choices": [choice]}
        return 200, JSON, json.dumps(data).encode()

    def _stream(self, body: Any, said: Said) -> bytes:
        deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
        if said.reasoning is not None:
            deltas.append({"reasoning_content": said.reasoning})
        deltas += [{"content": piece} for piece in re.findall(r"\S*\s*", said.text) if piece]
        deltas += [
            d for place, call in enumerate(self._calls(said)) for d in self._spell(place, call)
        ]
        frames = [_chunk(delta) for delta in deltas] + [_chunk({}, self._finish(said))]
        if (body.get("stream_options") or {}).get("include_usage"):
            usage = {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12}
            frames.append({"object": "chat.completion.chunk", "choices": [], "usage": usage})
        lines = [json.dumps(f, ensure_ascii=False) for f in frames] + ["[DONE]"]
        return "".join(f"data: {line}\n\n" for line in lines).encode()

    def _spell(self, place: int, call: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """One call as deltas: at once, or its name first and then its arguments in pieces."""
        index = {"counted": {"index": place}, "zero": {"index": 0}, "missing": {}}[self.wire.index]
        if self.wire.arguments != "pieces":
            yield {"tool_calls": [{**index, **call}]}
            return
        name, text = call["function"]["name"], call["function"]["arguments"]
        yield {"tool_calls": [{**index, **call, "function": {"name": name, "arguments": ""}}]}
        for start in range(0, len(text), 7):
            piece = {"function": {"arguments": text[start : start + 7]}}
            yield {"tool_calls": [{**index, **piece}]}


def _chunk(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {"object": "chat.completion.chunk", "model": "tool-model-1", "choices": [choice]}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    model: OpenAIModel

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that leaves in the middle is no fault of the server."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 20

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on stderr."""

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def _serve(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        headers = {name.lower(): value for name, value in self.headers.items()}
        assert isinstance(self.server, _Server)
        status, kind, reply = self.server.model.reply(self.command, self.path, headers, content)
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)


@dataclass
class GigaChatModel:
    """The player behind a StrictGigaChat; `asked` has the bodies of its chat requests."""

    server: StrictGigaChat
    script: Script
    as_text: bool = False  # arguments as a text, as the description of the API has them
    together: bool = False  # the reason stands in the frame of the call
    asked: list[Any] = field(default_factory=list)

    def __call__(self, body: Any) -> bytes | str:
        """The frames of the next answer, or why there is none."""
        self.asked.append(body)
        said = self.script.next(body)
        if not said.calls:
            end = frame(finish="stop", usage=USAGE)
            return frame(said.text, role="assistant") + end + DONE
        wanted = body.get("function_call")
        if wanted != "auto" and not isinstance(wanted, dict):
            return "functions are given, and function_call is not auto"
        ((name, given),) = said.calls  # one call a message is all that GigaChat can say
        state = str(uuid4())
        self.server.states.add(state)
        delta: dict[str, Any] = {"role": "assistant", "functions_state_id": state}
        delta["function_call"] = {"name": name, "arguments": _spelled(given, self.as_text)}
        if self.together:
            return frame(said.text, finish="function_call", usage=USAGE, **delta) + DONE
        return frame(said.text, **delta) + frame(finish="function_call", usage=USAGE) + DONE


def _spelled(arguments: Any, as_text: bool) -> Any:
    return json.dumps(arguments) if as_text else arguments


def play(
    server: StrictGigaChat, *turns: Turn, as_text: bool = False, together: bool = False
) -> GigaChatModel:
    """From now on the server answers by this script."""
    model = GigaChatModel(server, Script(*turns), as_text, together)
    server.player = model
    return model
