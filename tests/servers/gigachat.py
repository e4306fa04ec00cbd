"""A strict GigaChat on this machine: token and chat endpoints behind TLS, with a script of faults.

It refuses whatever the real one refuses, and remembers every request.
"""

from __future__ import annotations

import base64
import json
import ssl
import threading
import time
import uuid
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import trustme

KEY = base64.b64encode(b"0a1b2c3d-0000-4000-8000-00000000canary:5ecret-canary-of-the-key").decode()
SCOPE = "GIGACHAT_API_PERS"
OAUTH, CHAT, MODELS = "/api/v2/oauth", "/api/v1/chat/completions", "/api/v1/models"
FILES, COUNT, BALANCE = "/api/v1/files", "/api/v1/tokens/count", "/api/v1/balance"
SCOPES = ("GIGACHAT_API_PERS", "GIGACHAT_API_B2B", "GIGACHAT_API_CORP")
CHAT_MODELS = ("GigaChat-2", "GigaChat-2-Pro", "GigaChat-2-Max")
FIELDS = {
    "model", "messages", "stream", "update_interval", "temperature", "top_p", "max_tokens",
    "repetition_penalty", "profanity_check", "reasoning_effort", "functions", "function_call",
}  # fmt: skip
ROLES = {"system", "user", "assistant", "function"}
DONE = b"data: [DONE]\n\n"


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Canned:
    """A reply that the script gives in place of the true one."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False  # the connection ends before the promised length


def refusal(status: int, message: str, *, code: int | None = None, **headers: str) -> Canned:
    said = {"code": code, "message": message} if code is not None else None
    body = json.dumps(said or {"status": status, "message": message}).encode()
    return Canned(status, body, headers={k.replace("_", "-"): v for k, v in headers.items()})


def frame(
    content: str = "", *, finish: str = "", usage: Mapping[str, int] | None = None, **delta: Any
) -> bytes:
    choice: dict[str, Any] = {"delta": {"content": content, **delta}, "index": 0}
    if finish:
        choice["finish_reason"] = finish
    data: dict[str, Any] = {"choices": [choice], "created": 1, "model": "GigaChat:2.0.28.2"}
    data["object"] = "chat.completion"
    if usage:
        data["usage"] = usage
    return b"data: " + json.dumps(data, ensure_ascii=False).encode() + b"\n\n"


USAGE = {
    "prompt_tokens": 17, "completion_tokens": 3, "total_tokens": 20, "precached_prompt_tokens": 2
}  # fmt: skip
ANSWER = frame("При", role="assistant") + frame("вет!") + frame(finish="stop", usage=USAGE) + DONE


class StrictGigaChat:
    """Its state may be changed between requests; `script[path]` holds the next replies."""

    def __init__(self, context: ssl.SSLContext | None, ca: Path) -> None:
        self.ca = ca
        self.keys = {KEY: SCOPE}
        self.lifetime = 1800.0
        self.form = "access_token"  # or "tok"
        self.clock = time.time
        self.date = True
        self.answer = ANSWER
        self.pause = 0.0  # between the frames of a stream
        self.token_pause = 0.0
        self.parallel = 10
        self.script: dict[str, deque[Canned]] = defaultdict(deque)
        self.asked: list[Asked] = []
        self.tokens: dict[str, float] = {}
        self.files: dict[str, bytes] = {}
        self.streams = self.most_streams = 0
        self.lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), context, self)
        self.port = self._server.server_address[1]

    @property
    def base_url(self) -> str:
        return f"https://localhost:{self.port}/api/v1"

    @property
    def auth_url(self) -> str:
        return f"https://localhost:{self.port}{OAUTH}"

    def to(self, path: str) -> list[Asked]:
        with self.lock:
            return [asked for asked in self.asked if asked.path == path]

    def revoke(self) -> None:
        """Every token that was given out ends before its time."""
        self.tokens.clear()

    @contextmanager
    def running(self) -> Iterator[StrictGigaChat]:
        thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join(5)


def server_context(ca: trustme.CA, *names: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert(*(names or ("localhost", "127.0.0.1"))).configure_cert(context)
    return context


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self, address: tuple[str, int], context: ssl.SSLContext | None, state: StrictGigaChat
    ) -> None:
        super().__init__(address, _Handler)
        self.context = context
        self.state = state

    def finish_request(self, request: Any, client_address: Any) -> None:
        if self.context is not None:
            try:
                request = self.context.wrap_socket(request, server_side=True)
            except OSError:
                return  # the client did not like our certificate
        super().finish_request(request, client_address)
        if self.context is not None:
            try:
                request.close()
            except OSError:
                return

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that leaves in the middle is no fault of the server."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server
    timeout = 20

    @property
    def state(self) -> StrictGigaChat:
        return self.server.state

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on stderr."""

    def date_time_string(self, timestamp: float | None = None) -> str:
        return formatdate(self.state.clock(), usegmt=True)

    def send_response(self, code: int, message: str | None = None) -> None:
        self.send_response_only(code, message)
        if self.state.date:
            self.send_header("Date", self.date_time_string())

    def do_GET(self) -> None:
        self._serve(b"")

    def do_POST(self) -> None:
        self._serve(self.rfile.read(int(self.headers.get("Content-Length", "0"))))

    def _serve(self, body: bytes) -> None:
        asked = Asked(self.command, self.path, dict(self.headers.items()), body)
        with self.state.lock:
            self.state.asked.append(asked)
            script = self.state.script[self.path]
            canned = script.popleft() if script else None
        self._send(canned or self._true_reply(asked))

    def _true_reply(self, asked: Asked) -> Canned:
        if asked.path == OAUTH:
            return self._sell(asked)
        refused = self._unsigned(asked)
        if refused:
            return refused
        match asked.method, asked.path:
            case "POST", path if path == CHAT:
                return self._chat(asked)
            case "GET", path if path == MODELS:
                return _models()
            case "POST", path if path == COUNT:
                rows = [{"object": "tokens", "tokens": len(t)} for t in asked.json["input"]]
                return Canned(body=json.dumps(rows).encode())
            case "GET", path if path == BALANCE:
                return Canned(body=b'{"balance":[{"usage":"GigaChat-2","value":49000}]}')
            case "POST", path if path == FILES:
                return self._take_file(asked)
        return refusal(404, "Not Found")

    def _sell(self, asked: Asked) -> Canned:
        time.sleep(self.state.token_pause)
        kind, _, key = asked.headers.get("Authorization", "").partition(" ")
        scope = parse_qs(asked.body.decode()).get("scope", [""])[0]
        form = asked.headers.get("Content-Type", "")
        refused = self._unsold(asked, kind, key, scope, form)
        if refused:
            return refused
        token, end = f"eyJ-token-canary-{uuid.uuid4()}", self.state.clock() + self.state.lifetime
        with self.state.lock:
            self.state.tokens[token] = end
        if self.state.form == "tok":
            return Canned(body=json.dumps({"tok": token, "exp": int(end)}).encode())
        sold = {"access_token": token, "expires_at": int(end * 1000)}
        return Canned(body=json.dumps(sold).encode())

    def _unsold(self, asked: Asked, kind: str, key: str, scope: str, form: str) -> Canned | None:
        if form != "application/x-www-form-urlencoded" or not _is_uuid4(asked.headers, "RqUID"):
            return refusal(400, "RqUID or form missing", code=0)
        if kind != "Basic" or not _is_key(key):
            return refusal(400, "Can't decode 'Authorization' header", code=4)
        if not scope:
            return refusal(400, "scope is empty", code=5)
        if scope not in SCOPES:
            return refusal(400, "scope data format invalid", code=1)
        if key not in self.state.keys:
            return refusal(401, "credentials doesn't match db data", code=6)
        if self.state.keys[key] != scope:
            said = "scope from db not fully includes consumed scope"
            return refusal(400, said, code=7)
        return None

    def _unsigned(self, asked: Asked) -> Canned | None:
        kind, _, token = asked.headers.get("Authorization", "").partition(" ")
        with self.state.lock:
            end = self.state.tokens.get(token, 0.0)
        if kind != "Bearer" or end <= self.state.clock():
            return refusal(401, "Token has expired" if end else "Unauthorized")
        return None

    def _chat(self, asked: Asked) -> Canned:
        if asked.headers.get("Content-Type") != "application/json":
            return refusal(400, "Your request contains invalid JSON syntax.")
        body = asked.json
        complaint = _complaint(body)
        if complaint:
            return refusal(422, complaint)
        if body["model"] not in CHAT_MODELS:
            return refusal(404, "No such model", x_request_id="r-404")
        if body.get("stream"):
            wanted = asked.headers.get("Accept") == "text/event-stream"
            return self._stream() if wanted else refusal(400, "Accept is not text/event-stream")
        return Canned(body=json.dumps(_whole(self.state.answer)).encode())

    def _stream(self) -> Canned:
        with self.state.lock:
            if self.state.streams >= self.state.parallel:
                return refusal(429, "Too many requests")
            self.state.streams += 1
            self.state.most_streams = max(self.state.most_streams, self.state.streams)
        try:
            self._send_frames()
        finally:
            with self.state.lock:
                self.state.streams -= 1
        return SENT

    def _send_frames(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("X-Request-ID", self.headers.get("X-Request-ID", ""))
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for part in self.state.answer.split(b"\n\n")[:-1]:
            piece = part + b"\n\n"
            self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            self.wfile.flush()
            time.sleep(self.state.pause)
        self.wfile.write(b"0\r\n\r\n")

    def _take_file(self, asked: Asked) -> Canned:
        kind = asked.headers.get("Content-Type", "")
        whole = b'name="purpose"\r\n\r\ngeneral\r\n' in asked.body and b'name="file"' in asked.body
        if not kind.startswith("multipart/form-data; boundary=") or not whole:
            return refusal(400, "file or purpose is missing")
        name = str(uuid.uuid4())
        self.state.files[name] = asked.body
        return Canned(body=json.dumps({"id": name, "object": "file"}).encode())

    def _send(self, reply: Canned) -> None:
        if reply is SENT:
            return
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body) + (9 if reply.cut else 0)))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body)
        self.close_connection = reply.cut


SENT = Canned(body=b"sent already")


def _is_uuid4(headers: Mapping[str, str], name: str) -> bool:
    try:
        return uuid.UUID(headers.get(name, "")).version == 4
    except ValueError:
        return False


def _is_key(key: str) -> bool:
    try:
        return b":" in base64.b64decode(key, validate=True)
    except ValueError:
        return False


def _complaint(body: Any) -> str:
    if not isinstance(body, dict) or set(body) - FIELDS:
        return f"Invalid params: {sorted(set(body) - FIELDS)}"
    roles = [message.get("role") for message in body.get("messages", ())]
    if not roles or set(roles) - ROLES:
        return "Invalid params: messages"
    if "system" in roles[1:]:
        return "Invalid params: system message must be the first message"
    if not body.get("repetition_penalty", 1) > 0:
        return "Invalid params: repetition_penalty must be in range (0, +inf)"
    return ""


def _models() -> Canned:
    chat = [{"id": name, "object": "model", "type": "chat"} for name in CHAT_MODELS]
    rows = [*chat, {"id": "Embeddings", "object": "model", "type": "embedder"}]
    return Canned(body=json.dumps({"object": "list", "data": rows}).encode())


def _whole(stream: bytes) -> dict[str, Any]:
    """The same answer as one object."""
    frames = [json.loads(f[6:]) for f in stream.split(b"\n\n") if f.startswith(b"data: {")]
    text = "".join(f["choices"][0]["delta"].get("content", "") for f in frames)
    last = frames[-1]
    message = {"content": text, "role": "assistant"}
    reason = last["choices"][0].get("finish_reason", "stop")
    choice = {"message": message, "index": 0, "finish_reason": reason}
    return {**last, "choices": [choice]}
