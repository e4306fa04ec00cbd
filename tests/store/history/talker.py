"""A process that asks and shows the answer; tests kill it. Arguments: the history, pieces, pause,
then how it ends: `finish`, or `stall` after the last piece."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

from llmchat.conversation.conversation import Conversation, Events
from llmchat.store.history.history import History
from llmchat.values.events import Delta, Finish
from llmchat.values.messages import Request


class Slow:
    id = "slow"

    def __init__(self, pieces: int, pause: float, end: str) -> None:
        self.pieces, self.pause, self.end = pieces, pause, end

    async def stream(self, request: Request) -> Events:
        for number in range(self.pieces):
            await asyncio.sleep(self.pause)
            yield Delta(f"слово{number} ")
        if self.end == "stall":
            await asyncio.sleep(60)
        yield Finish("stop", "slow-1")

    async def aclose(self) -> None:
        pass


def show(text: str) -> None:
    os.write(1, text.encode())


async def talk(path: Path, pieces: int, pause: float, end: str, question: str) -> None:
    history = History(path)
    conversation = Conversation(Slow(pieces, pause, end), history)
    task = asyncio.current_task()
    assert task
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    async with aclosing(conversation.send(question)) as events:
        await shown(events)


async def shown(events: AsyncIterator[object]) -> None:
    async for event in events:
        if isinstance(event, Delta):
            show(event.text)


def main() -> None:
    path, pieces, pause, end, question = sys.argv[1:]
    with contextlib.suppress(asyncio.CancelledError, BrokenPipeError):
        asyncio.run(talk(Path(path), int(pieces), float(pause), end, question))


main()
