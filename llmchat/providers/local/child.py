"""The process that loads a model: llama.cpp's server on a loopback port, until it is no longer
used.

It reads what to load from stdin, never from its arguments, reports on stdout whether that worked,
and keeps its note (llmchat/providers/local/state.py) as long as it serves. It ends after
`keep_alive` idle seconds, when its note is removed, and with `keep_alive = 0` also when the process
that started it has ended.

Why: docs/decisions/0131-a-model-in-a-process-of-ours.md.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from threading import Thread
from typing import Any, NoReturn

from llmchat.providers.local.hardware import shown, usual_threads
from llmchat.providers.local.state import ModelSlot, RunningModel

HOST = "127.0.0.1"
# Seconds to wait for a lock that others hold briefly, and for the last lines of the log.
PATIENCE = 1.0
LONGEST_TICK, SHORTEST_TICK = 0.5, 0.05
ERRORS_ONLY = 2  # llama.cpp's log level, at which questions are not logged
REASON = "error loading model: "
UNKNOWN = "unknown model architecture: "
NO_PORT = "couldn't bind"


class ChildOrders:
    """The orders of the starting process, read from stdin."""

    def __init__(self, said: dict[str, Any]) -> None:
        self.slot = ModelSlot(Path(said["folder"]), said["id"])
        self.path, self.eyes, self.name = said["path"], said["eyes"], said["name"]
        self.key, self.loaded = said["key"], said["loaded"]
        self.keep_alive = float(said["keep_alive"])
        self.context, self.windows = int(said["context"]), int(said["windows"])
        self.threads = int(said["threads"])
        self.layers, self.embeds = said["gpu_layers"], bool(said["embeds"])
        self.needed, self.free = int(said["needed"]), said["free"]


def main() -> NoReturn:
    orders = ChildOrders(json.loads(sys.stdin.readline()))
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # llama.cpp's output goes to the log
    lock = orders.slot.lock()
    end = time.monotonic() + PATIENCE
    while not lock.acquire():
        if time.monotonic() > end:
            leave(answer, state="busy")
        time.sleep(SHORTEST_TICK)
    orders.slot.forget()  # left by a process that was killed
    server = load(orders, answer)
    address = server.listening_address
    if not address.startswith(f"http://{HOST}:"):
        leave(answer, state="listen")
    running = RunningModel(
        os.getpid(), address, orders.key, orders.name, orders.path, orders.keep_alive, orders.loaded
    )
    orders.slot.write(running)
    print(json.dumps({"state": "ready"}), file=answer, flush=True)
    answer.close()
    serve(server, orders.slot, running)
    os._exit(0)  # llama.cpp's own exit waits for its connections


def load(orders: ChildOrders, answer: Any) -> Any:
    try:
        import xllamacpp  # 100 MB of native code
    except ImportError:
        leave(answer, state="extra")
    has_gpu = any("GPU" in str(device["type"]) for device in xllamacpp.get_device_info())
    if not has_gpu and orders.free is not None and orders.needed > orders.free:
        leave(answer, state="memory", why=f"{shown(orders.needed)}|{shown(orders.free)}")
    try:
        return xllamacpp.Server(parameters(xllamacpp, orders, has_gpu=has_gpu))
    except RuntimeError as error:
        leave(answer, **complaint(orders.slot, str(error)))


def parameters(library: Any, orders: ChildOrders, *, has_gpu: bool) -> Any:
    params = library.CommonParams()
    params.model.path = orders.path
    if orders.eyes:
        params.mmproj.path = orders.eyes
    params.model_alias = {orders.name}
    params.hostnames, params.port, params.api_keys = [HOST], 0, [orders.key]
    params.cors_origins, params.ui = "", False  # no web page
    params.endpoint_metrics = True  # used to see whether a request is running
    params.endpoint_slots = False
    windows = orders.windows
    params.n_ctx, params.n_parallel = orders.context * windows, windows
    params.kv_unified = False
    params.cache_ram_mib = 0  # the default is 8 GB in addition to the window
    params.warmup = False  # done by the first question instead
    params.fit_params = has_gpu and orders.layers is None  # measuring takes 0.2 s
    params.verbosity = ERRORS_ONLY
    params.cpuparams.n_threads = orders.threads or usual_threads()
    if orders.layers is not None:
        params.n_gpu_layers = orders.layers
    if orders.embeds:
        params.embedding, params.n_ubatch, params.n_batch = True, orders.context, orders.context
        if params.pooling_type < 1:
            params.pooling_type = library.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
    return params


def complaint(slot: ModelSlot, said: str) -> dict[str, str]:
    """Why the model could not be loaded, according to the log, which a thread of llama.cpp may
    write late."""
    end = time.monotonic() + PATIENCE
    while True:
        text = slot.log.read_text("utf-8", "replace")
        reason, line_end, _ = text.partition(REASON)[2].partition("\n")
        if line_end or NO_PORT in text or time.monotonic() > end:
            break
        time.sleep(SHORTEST_TICK)
    if NO_PORT in text:
        return {"state": "listen"}
    if reason.startswith(UNKNOWN):
        return {"state": "architecture", "why": reason.removeprefix(UNKNOWN).strip("'")}
    return {"state": "load", "why": reason or slot.last_words() or said}


def leave(answer: Any, **said: str) -> NoReturn:
    print(json.dumps(said), file=answer, flush=True)
    os._exit(0)


def serve(server: Any, slot: ModelSlot, running: RunningModel) -> None:
    """Serves until the process should end."""
    starter = Starter()
    last, told = time.monotonic(), ""
    while True:
        noted = slot.read()
        if noted is None or noted.pid != running.pid:
            return
        now, metrics = time.monotonic(), server.handle_metrics()
        if metrics != told or is_busy(metrics):
            last, told = now, metrics
        waits = noted.keep_alive or not starter.is_there
        if waits and now - last >= noted.keep_alive:
            slot.forget()
            return
        time.sleep(max(SHORTEST_TICK, min(LONGEST_TICK, noted.keep_alive / 10)))


def is_busy(metrics: str) -> bool:
    """Whether a request is running or waiting."""
    counts = (line.rpartition(" ") for line in metrics.splitlines() if line[:1] != "#")
    return any(float(n) > 0 for name, _, n in counts if name.endswith(("processing", "deferred")))


class Starter:
    """Watches the process that started this one: it is alive as long as the pipe to our stdin is
    open."""

    def __init__(self) -> None:
        self.is_there = True
        Thread(target=self._wait, daemon=True).start()

    def _wait(self) -> None:
        while sys.stdin.read(1024):
            pass
        self.is_there = False


if __name__ == "__main__":
    main()
