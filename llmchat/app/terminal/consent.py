"""Asks the person a yes/no question at the terminal."""

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
    """Whether a person can read the question and answer it."""
    return is_terminal(context.world.stdin) and is_terminal(context.world.stderr)


async def consents(context: BareContext, question: str, *, default: bool = False) -> bool:
    """Anything but a clear yes means no; Enter alone means the `default`. What was typed before the
    question appeared does not count."""
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
    """What asks the person; None where nobody can be asked."""
    return partial(consents, context) if can_ask(context) else None


async def refuses(question: str) -> bool:
    """For code that must not ask anybody."""
    return False


async def typed_line(context: BareContext) -> str:
    """A line from the terminal, which a signal may come before. Ctrl-C and Ctrl-D leave the cursor
    behind the question."""
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
        with suppress(OSError, ValueError, termios.error):  # not the file of a terminal
            termios.tcflush(stream.fileno(), termios.TCIFLUSH)


async def readable(stream: TextIO) -> bool:
    """Waits until something was typed: a thread that reads could not be called back. False where
    nobody can wait for it."""
    loop, typed = asyncio.get_running_loop(), asyncio.Event()
    try:
        loop.add_reader(stream, typed.set)
    except (NotImplementedError, ValueError, OSError):  # Windows; a stream that is not a file
        return False
    try:
        await typed.wait()
    finally:
        loop.remove_reader(stream)
    return True
