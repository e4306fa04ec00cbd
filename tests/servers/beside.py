"""A scripted server in a separate thread, for tests that wait for what a person sees."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager

from tests.servers.scripted import Script, Server, serving

PATIENCE = 60  # seconds, to begin and to end


@contextmanager
def beside(script: Script) -> Iterator[Server]:
    started: Future[Server] = Future()
    over = asyncio.Event()
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        async with serving(script) as server:
            started.set_result(server)
            await over.wait()

    def run() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(serve())

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield started.result(PATIENCE)
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(PATIENCE)
