"""Stands in for llama.cpp where its package is not installed: the same names, and an echo.

A model is loaded once for each line in the file `loads` beside it. What the question asks for
decides how it is answered: `slowly` a word every 50 ms, `for ever` without an end.
"""

from __future__ import annotations

import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread, Timer
from types import SimpleNamespace
from typing import Any, NoReturn


class CommonParams(SimpleNamespace):
    def __init__(self) -> None:
        super().__init__(
            model=SimpleNamespace(path=""),
            mmproj=SimpleNamespace(path=""),
            cpuparams=SimpleNamespace(n_threads=-1),
            pooling_type=-1,
        )


llama_pooling_type = SimpleNamespace(LLAMA_POOLING_TYPE_MEAN=1)


def get_device_info() -> list[dict[str, str]]:
    return [{"type": "GGML_BACKEND_DEVICE_TYPE_CPU"}]


def fail(said: str) -> NoReturn:
    """As llama.cpp does: a thread of its own writes the log, after the error is raised."""
    Timer(0.2, print, [f"0.00.001.000 E {said}"], {"file": sys.stderr, "flush": True}).start()
    raise RuntimeError("Failed to init server")


class Server:
    def __init__(self, params: Any) -> None:
        content = Path(params.model.path).read_bytes()
        if b"dies-at-once" in content:
            print("0.00.001.000 E the last words of a model", file=sys.stderr, flush=True)
            os._exit(7)
        if b"nowhere" in content:
            said = "error loading model: unknown model architecture: 'nowhere'"
            fail(f"llama_model_load: {said}")
        if b"loads-slowly" in content:
            time.sleep(1)
        if b"cannot-listen" in content:
            fail("srv start: couldn't bind HTTP server socket, hostname: 127.0.0.1, port: 0")
        with Path(params.model.path).with_name("loads").open("a") as file:
            file.write(f"{os.getpid()} {params.n_ctx} {params.cpuparams.n_threads}\n")
        self._http = Answering(params)
        self.listening_address = f"http://{params.hostnames[0]}:{self._http.server_address[1]}"
        Thread(target=self._http.serve_forever, daemon=True).start()

    def handle_metrics(self) -> str:
        return f"asked {self._http.asked}\nllamacpp:requests_processing {self._http.busy}\n"


class Answering(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, params: Any) -> None:
        super().__init__((params.hostnames[0], params.port), Answer)
        self.params = params
        self.asked = self.busy = 0


class Answer(BaseHTTPRequestHandler):
    server: Answering
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.headers.get("Authorization") != f"Bearer {self.server.params.api_keys[0]}":
            self._whole(401, {"error": {"message": "Invalid API Key", "code": 401}})
            return
        self.server.asked += 1
        self.server.busy += 1
        try:
            if self.path == "/v1/embeddings":
                rows = [{"embedding": [len(text), 0.5]} for text in body["input"]]
                self._whole(200, {"data": rows})
            else:
                self._answer(body)
        finally:
            self.server.busy -= 1

    def _answer(self, body: dict[str, Any]) -> None:
        asked = body["messages"][-1]["content"]
        words = ["You", " said:", *(f" {word}" for word in str(asked).split())]
        most = body.get("max_tokens") or 10**9
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        while "for ever" in asked and len(words) < most:
            words += words
            if len(words) > 10_000:
                break
        for word in words[:most]:
            self._frame({"delta": {"content": word}, "finish_reason": None})
            if "slowly" in asked or "for ever" in asked:
                time.sleep(0.05)
        self._frame({"delta": {}, "finish_reason": "length" if len(words) > most else "stop"})
        self._chunk(b"data: [DONE]\n\n")
        self._chunk(b"")

    def _frame(self, choice: dict[str, Any]) -> None:
        (name,) = self.server.params.model_alias
        data = {"model": name, "choices": [{"index": 0, **choice}]}
        self._chunk(f"data: {json.dumps(data)}\n\n".encode())

    def _chunk(self, content: bytes) -> None:
        self.wfile.write(b"%x\r\n%b\r\n" % (len(content), content))
        self.wfile.flush()

    def _whole(self, status: int, data: dict[str, Any]) -> None:
        content = json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        pass
