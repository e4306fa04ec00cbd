"""Asks the person a yes-or-no question at the terminal."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import TextIO

from llmchat.app.run.bare_context import BareContext
from llmchat.app.run.streams import is_terminal
from llmchat.language import msg

Consent = Callable[[str], Awaitable[bool]]
YES = ("y", "yes", "д", "да", "是", "好")


def can_ask(context: BareContext) -> bool:
    """Whether a person can see and answer a question."""
    return is_terminal(context.world.stdin) and is_terminal(context.world.stderr)


async def consents(context: BareContext, question: str, *, default: bool = False) -> bool:
    """Whether the person agrees; only a clear yes counts, and Enter means the `default`. Keys typed
    before the question appeared are ignored."""
    if not can_ask(context):
        return False
    with context.report.asking():
        drop_typed_ahead(context.world.stdin)
        keys = "[Y/n]" if default else "[y/N]"
        context.report.question(msg("{question} {keys} ", question=question, keys=keys))
        typed = await typed_line(context)
    if not typed.endswith("\n"):
        return False
    return typed.strip().lower() in YES or (default and not typed.strip())


def consent_of(context: BareContext) -> Consent | None:
    """The function that asks the person; None if nobody can be asked."""
    return partial(consents, context) if can_ask(context) else None


async def refuses(question: str) -> bool:
    """Answers no, for code that must not ask anybody."""
    return False


async def typed_line(context: BareContext) -> str:
    """A line from the terminal; a signal can interrupt it. Ends the line on the screen after Ctrl-C
    and Ctrl-D."""
    line = ""
    try:
        line = await _line(context.world.stdin)
    finally:
        if not line.endswith("\n"):
            with suppress(OSError):  # the terminal is gone
                context.world.stderr.write("\n")
                context.world.stderr.flush()
    return line


async def _line(stream: TextIO) -> str:
    if not await readable(stream):
        return await asyncio.to_thread(stream.readline)
    return stream.readline()


if sys.platform == "win32":
    import msvcrt

    def drop_typed_ahead(stream: TextIO) -> None:
        while msvcrt.kbhit():
            msvcrt.getwch()
else:
    import termios

    def drop_typed_ahead(stream: TextIO) -> None:
        with suppress(OSError, ValueError, termios.error):  # not a terminal
            termios.tcflush(stream.fileno(), termios.TCIFLUSH)


async def readable(stream: TextIO) -> bool:
    """Waits until a line was typed, without a thread, which could not be interrupted. False if the
    stream cannot be waited for."""
    loop, typed = asyncio.get_running_loop(), asyncio.Event()
    try:
        loop.add_reader(stream, typed.set)
    except (NotImplementedError, ValueError, OSError):  # Windows, or a stream that is not a file
        return False
    try:
        await typed.wait()
    finally:
        loop.remove_reader(stream)
    return True
