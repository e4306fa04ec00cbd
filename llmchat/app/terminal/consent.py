"""A yes or no from the person at the terminal."""

from __future__ import annotations

import asyncio
from typing import TextIO

from llmchat.app.bare_context import BareContext
from llmchat.app.streams import is_terminal

YES = ("y", "yes", "д", "да", "是")


def can_ask(context: BareContext) -> bool:
    """Somebody sits there who can read the question and answer it."""
    return is_terminal(context.world.stdin) and is_terminal(context.world.stderr)


async def consents(context: BareContext, question: str, *, default: bool = False) -> bool:
    """Anything but a clear yes means no; Enter alone means the `default`."""
    if not can_ask(context):
        return False
    stderr = context.world.stderr
    with context.report.asking():
        stderr.write(f"{question} {'[Y/n]' if default else '[y/N]'} ")
        stderr.flush()
        typed = await _typed_line(context.world.stdin)
        if not typed.endswith("\n"):  # Ctrl-D leaves the cursor behind the question
            stderr.write("\n")
            return False
    return typed.strip().lower() in YES or (default and not typed.strip())


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
