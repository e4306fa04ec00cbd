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

from tests.servers.functions import complaint_about_functions

KEY = base64.b64encode(b"0a1b2c3d-0000-4000-8000-00000000canary:5ecret-canary-of-the-key").decode()
SCOPE = "GIGACHAT_API_PERS"
OAUTH, CHAT, MODELS = "/api/v2/oauth", "/api/v1/chat/completions", "/api/v1/models"
TOKEN, EMBEDDINGS = "/api/v1/token", "/api/v1/embeddings"
FILES, COUNT, BALANCE = "/api/v1/files", "/api/v1/tokens/count", "/api/v1/balance"
SCOPES = ("GIGACHAT_API_PERS", "GIGACHAT_API_B2B", "GIGACHAT_API_CORP")
CHAT_MODELS = ("GigaChat-2", "GigaChat-2-Pro", "GigaChat-2-Max")
FIELDS = {
    "model", "messages", "stream", "update_interval", "temperature", "top_p", "max_tokens",
    "repetition_penalty", "profanity_check", "reasoning_effort", "functions", "function_call",
    "response_format",
}  # fmt: skip
ROLES = {"system", "user", "assistant", "function"}
MESSAGE = {"role", "content", "attachments", "functions_state_id", "function_call", "name"}
PERSON = base64.b64encode(b"vasya:passw0rd-canary").decode()
JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////////////////////////////////////////////////"
    "////////////////////////wgALCAABAAEBAREA/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQABPxA="
)
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
    """A scripted reply in place of the real one."""

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
        self.player: Any = None  # of `tests.servers.tool_model`: answers in place of `answer`
        self.pause = 0.0  # between the frames of a stream
        self.token_pause = 0.0
        self.parallel = 10
        self.script: dict[str, deque[Canned]] = defaultdict(deque)
        self.asked: list[Asked] = []
        self.tokens: dict[str, float] = {}
        self.files: dict[str, bytes] = {}
        self.kinds: dict[str, str] = {}  # media types of what was uploaded
        self.states: set[str] = set()  # that were given out with a picture
        self.by_certificate = False  # the connection says who it is; no token is wanted
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

    def drawing(self, before: str = "", after: str = " Вот кот.", content: bytes = JPEG) -> bytes:
        """Answers with a picture, which is in the account from now on."""
        name, state = str(uuid.uuid4()), str(uuid.uuid4())
        self.files[name] = content
        self.states.add(state)
        tag = f'<img src="{name}" fuse="true"/>'
        working = frame("30 секунд", role="function_in_progress", name="text2image", created=1)
        said = frame(before, role="assistant", functions_state_id=state)
        return working + said + frame(tag + after) + frame(finish="stop", usage=USAGE) + DONE

    def revoke(self) -> None:
        """Revokes all tokens."""
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
        # The new address has no /api; here both are one.
        path = f"/api{self.path}" if self.path.startswith("/v1/") else self.path
        asked = Asked(self.command, path, dict(self.headers.items()), body)
        with self.state.lock:
            self.state.asked.append(asked)
            script = self.state.script[path]
            canned = script.popleft() if script else None
        self._send(canned or self._true_reply(asked))

    def _true_reply(self, asked: Asked) -> Canned:
        if asked.path == OAUTH:
            return self._sell(asked)
        if (asked.method, asked.path) == ("POST", TOKEN):
            return self._sell_to_person(asked)
        refused = self._unsigned(asked)
        if refused:
            return refused
        match asked.method, asked.path:
            case "POST", path if path == CHAT:
                return self._chat(asked)
            case "GET", path if path == MODELS:
                return _models()
            case "POST", path if path == COUNT:
                sizes = [len(text) for text in asked.json["input"]]
                rows = [{"object": "tokens", "tokens": n, "characters": n} for n in sizes]
                return Canned(body=json.dumps(rows).encode())
            case "POST", path if path == EMBEDDINGS:
                rows = [
                    {"object": "embedding", "index": n, "embedding": [float(len(text)), 0.5],
                     "usage": {"prompt_tokens": 2}}
                    for n, text in enumerate(asked.json["input"])
                ]  # fmt: skip
                body = {"object": "list", "data": rows, "model": asked.json["model"]}
                return Canned(body=json.dumps(body).encode())
            case "GET", path if path == BALANCE:
                return Canned(body=b'{"balance":[{"usage":"GigaChat-2","value":49000}]}')
            case "POST", path if path == FILES:
                return self._take_file(asked)
            case "GET", path if path == FILES:
                rows = [self._row(name) for name in self.state.files]
                return Canned(body=json.dumps({"data": rows}).encode())
            case method, path if path.startswith(FILES + "/"):
                return self._file(method, path.removeprefix(FILES + "/"))
        return refusal(404, "Not Found")

    def _sell_to_person(self, asked: Asked) -> Canned:
        if asked.headers.get("Authorization") != f"Basic {PERSON}" or asked.body:
            return refusal(401, "Unauthorized")
        token, end = f"eyJ-person-canary-{uuid.uuid4()}", self.state.clock() + self.state.lifetime
        with self.state.lock:
            self.state.tokens[token] = end
        return Canned(body=json.dumps({"tok": token, "exp": int(end)}).encode())

    def _row(self, name: str) -> dict[str, Any]:
        size = len(self.state.files[name])
        row = {"id": name, "object": "file", "bytes": size, "created_at": 1780000000}
        kind = self.state.kinds.get(name, "image/jpeg")
        modalities = ["image"] if kind.startswith("image/") else None
        more = {"filename": f"{name[:4]}.bin", "purpose": "general", "access_policy": "private"}
        return {**row, **more, "modalities": modalities}

    def _file(self, method: str, rest: str) -> Canned:
        name, _, what = rest.partition("/")
        if name not in self.state.files:
            denied = refusal(403, f"Access to file '{name}' is denied")
            return denied if what == "content" else refusal(404, "No such file")
        if (method, what) == ("GET", ""):
            return Canned(body=json.dumps(self._row(name)).encode())
        if (method, what) == ("GET", "content"):
            if self.headers.get("Accept") != "application/jpg":
                return refusal(400, "Accept is not application/jpg")
            return Canned(body=self.state.files[name], content_type="application/octet-stream")
        if (method, what) == ("POST", "delete"):
            del self.state.files[name]
            said = {"id": name, "deleted": True, "access_policy": "private"}
            return Canned(body=json.dumps(said).encode())
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
        if self.state.by_certificate and not kind:
            return None
        with self.state.lock:
            end = self.state.tokens.get(token, 0.0)
        if kind != "Bearer" or end <= self.state.clock():
            return refusal(401, "Token has expired" if end else "Unauthorized")
        return None

    def _chat(self, asked: Asked) -> Canned:
        if asked.headers.get("Content-Type") != "application/json":
            return refusal(400, "Your request contains invalid JSON syntax.")
        body = asked.json
        complaint = _complaint(body) or self._complaint_about_files(body)
        if complaint:
            return refusal(422, complaint)
        named = [name for m in body["messages"] for name in m.get("attachments", ())]
        if missing := [name for name in named if name not in self.state.files]:
            return refusal(403, f"Access to file '{missing[0]}' is denied")
        if body["model"] not in CHAT_MODELS:
            return refusal(404, "No such model", x_request_id="r-404")
        if self.state.player is not None:
            said = self.state.player(body)
            if isinstance(said, str):
                return refusal(422, said)
            self.state.answer = said
        if body.get("stream"):
            wanted = asked.headers.get("Accept") == "text/event-stream"
            return self._stream() if wanted else refusal(400, "Accept is not text/event-stream")
        return Canned(body=json.dumps(_whole(self.state.answer)).encode())

    def _complaint_about_files(self, body: Any) -> str:
        """What the real service reports, and what it only does silently."""
        kinds = [
            [self.state.kinds.get(name, "") for name in m.get("attachments", ())]
            for m in body["messages"]
        ]
        if any(sum(k.startswith("image/") for k in group) > 1 for group in kinds):
            return "one image a message"
        documents = [k for group in kinds for k in group if not k.startswith(("image/", "audio/"))]
        if len(documents) > 1:
            return "one document a request"
        if documents and body.get("function_call") != "auto":
            return "get_file_content is not allowed to run"
        states = {m["functions_state_id"] for m in body["messages"] if "functions_state_id" in m}
        return "" if states <= self.state.states else "unknown functions_state_id"

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
        part = asked.body.partition(b'name="file"')[2].partition(b"\r\n\r\n")
        self.state.kinds[name] = part[0].partition(b"Content-Type: ")[2].decode().split("\r\n")[0]
        self.state.files[name] = part[2].rpartition(b"\r\n--")[0].partition(b"\r\n--")[0]
        return Canned(body=json.dumps(self._row(name)).encode())

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
    if any(set(message) - MESSAGE for message in body["messages"]):
        return "Invalid params: unknown field of a message"
    if "system" in roles[1:]:
        return "Invalid params: system message must be the first message"
    if (wanted := body.get("response_format")) and not _is_flat(wanted):
        return f"Invalid params: response_format {wanted}"
    if not body.get("repetition_penalty", 1) > 0:
        return "Invalid params: repetition_penalty must be in range (0, +inf)"
    return complaint_about_functions(body)


def _is_flat(wanted: Mapping[str, Any]) -> bool:
    """Whether `schema` is directly beside `type`; json_object is not supported."""
    if wanted.get("type") == "text":
        return set(wanted) == {"type"}
    named = set(wanted) == {"type", "schema", "strict"} and wanted["type"] == "json_schema"
    return named and isinstance(wanted["schema"], dict) and isinstance(wanted["strict"], bool)


def _models() -> Canned:
    common = {"object": "model", "owned_by": "salutedevices"}
    chat = [{"id": name, **common, "type": "chat"} for name in CHAT_MODELS]
    rows = [*chat, {"id": "Embeddings", **common, "type": "embedder"}]
    return Canned(body=json.dumps({"object": "list", "data": rows}).encode())


def _whole(stream: bytes) -> dict[str, Any]:
    """The same answer as one object."""
    frames = [json.loads(f[6:]) for f in stream.split(b"\n\n") if f.startswith(b"data: {")]
    deltas = [f["choices"][0]["delta"] for f in frames]
    said = [d for d in deltas if d.get("role") != "function_in_progress"]
    last = frames[-1]
    kept = ("functions_state_id", "function_call")
    message = {k: v for d in said for k, v in d.items() if k in kept}
    message |= {"content": "".join(d.get("content", "") for d in said), "role": "assistant"}
    reason = last["choices"][0].get("finish_reason", "stop")
    choice = {"message": message, "index": 0, "finish_reason": reason}
    return {**last, "choices": [choice]}
