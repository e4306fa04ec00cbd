"""A yes or no from the person at the terminal."""

from __future__ import annotations

import asyncio
from typing import TextIO

from llmchat.app.context import BareContext
from llmchat.app.streams import is_terminal

YES = ("y", "yes", "д", "да")


def can_ask(context: BareContext) -> bool:
    """Somebody sits there who can read the question and answer it."""
    return is_terminal(context.world.stdin) and is_terminal(context.world.stderr)


async def consents(context: BareContext, question: str) -> bool:
    """Anything but a clear yes means no."""
    if not can_ask(context):
        return False
    stderr = context.world.stderr
    with context.report.asking():
        stderr.write(f"{question} [y/N] ")
        stderr.flush()
        answer = await _typed_line(context.world.stdin)
    return answer.strip().lower() in YES


async def _typed_line(stream: TextIO) -> str:
    """A line from a terminal, which a signal may come before: a thread that reads could not be
    called back."""
    loop, typed = asyncio.get_running_loop(), asyncio.Event()
    try:
        loop.add_reader(stream, typed.set)
    except (NotImplementedError, ValueError, OSError):  # Windows; a stream that is no file
        return await asyncio.to_thread(stream.readline)
    try:
        await typed.wait()
    finally:
        loop.remove_reader(stream)
    return stream.readline()
