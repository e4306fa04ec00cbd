"""A running `llmchat serve`, and a client that sends exactly what a test wrote down."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

LLMCHAT = Path(sys.executable).parent / "llmchat"
KEY = "a-key-of-this-test"
PASSED_ON = ("COVERAGE", "COV_", "PYTHONPATH")


@dataclass
class Reply:
    """A reply, read to its end; `cut` means that the connection broke."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    cut: bool = False

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def frames(self) -> list[Any]:
        rows = [row[6:] for row in self.body.decode().split("\n\n") if row.startswith("data: ")]
        return [row if row == "[DONE]" else json.loads(row) for row in rows]

    @property
    def text(self) -> str:
        pieces = (c for f in self.frames if f != "[DONE]" for c in f.get("choices", []))
        return "".join(piece["delta"].get("content") or "" for piece in pieces)


@dataclass
class Serving:
    """`lines` is what the server printed on stderr."""

    process: subprocess.Popen[str]
    port: int = 0
    lines: list[str] = field(default_factory=list)
    said: threading.Condition = field(default_factory=threading.Condition)

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def ask(self, path: str, body: object = None, **headers: str | None) -> Reply:
        """Sends a request. A header of None is left out; `_` in names stands for a hyphen."""
        given: dict[str, str | None] = {"authorization": f"Bearer {KEY}"}
        content = None
        if body is not None:
            given["content_type"] = "application/json"
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
        given |= headers
        sent = {name.replace("_", "-"): v for name, v in given.items() if v is not None}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("POST" if content is not None else "GET", path, content, sent)
            reply = connection.getresponse()
            got, cut = bytearray(), False
            try:
                while piece := reply.read1():
                    got += piece
            except (http.client.IncompleteRead, ConnectionError):
                cut = True
            fields = {name.lower(): value for name, value in reply.getheaders()}
            return Reply(reply.status, fields, bytes(got), cut)
        finally:
            connection.close()

    def chat(self, text: str = "hi", model: str = "default", **fields: Any) -> Reply:
        body = {"model": model, "messages": [{"role": "user", "content": text}], **fields}
        return self.ask("/v1/chat/completions", body)

    def raw(self, content: bytes, *, wait: float = 60) -> bytes:
        """Sends bytes; returns what comes back until the server closes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=wait) as connection:
            with suppress(ConnectionError):
                connection.sendall(content)
            return read_all(connection)

    def wait_for(self, word: str) -> None:
        with self.said:
            assert self.said.wait_for(lambda: any(word in line for line in self.lines), 60)

    def follow(self) -> None:
        assert self.process.stderr
        for line in self.process.stderr:
            with self.said:
                self.lines.append(line)
                self.said.notify_all()

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)


def read_all(connection: socket.socket) -> bytes:
    got = bytearray()
    with suppress(ConnectionError):
        while piece := connection.recv(65536):
            got += piece
    return bytes(got)


def surroundings(home: Path, more: Mapping[str, str]) -> dict[str, str]:
    kept = {n: v for n, v in os.environ.items() if n.startswith(PASSED_ON)}
    bare = {"LLMCHAT_HOME": str(home), "HOME": str(home), "PATH": "/usr/bin:/bin", "TZ": "UTC"}
    return {**kept, **bare, "LLMCHAT_FIND_LOCAL": "false", **more}


@contextmanager
def serving(home: Path, *argv: str, **more: str) -> Iterator[Serving]:
    home.mkdir(mode=0o700, exist_ok=True)
    (home / "key").write_text(KEY + "\n")
    words = ["--port", "0", *argv]
    if "--no-key" not in argv:
        words += ["--key-file", str(home / "key")]
    process = subprocess.Popen(
        [str(LLMCHAT), "serve", *words],
        env=surroundings(home, more),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        cwd=home,
    )
    server = Serving(process)
    thread = threading.Thread(target=server.follow, daemon=True)
    thread.start()
    try:
        server.wait_for("Ctrl-C stops")
        server.port = int(server.lines[0].split("/v1")[0].rsplit(":", 1)[1])
        yield server
    finally:
        process.terminate()  # what was measured of it is written at its end
        with suppress(subprocess.TimeoutExpired):
            process.wait(20)
        process.kill()
        process.wait(60)
        thread.join(10)
