"""Reads a key from a hidden prompt, a pipe or a file, never from the command line."""

from __future__ import annotations

import os
import select
import sys
from pathlib import Path
from typing import TextIO

from llmchat.app.run.context import Context
from llmchat.app.run.streams import is_terminal
from llmchat.app.terminal.consent import readable
from llmchat.errors import NoTerminal, UsageError
from llmchat.language import msg
from llmchat.system.opening import open_given

LARGEST = 64 * 1024  # bytes; keys have about a hundred, so this would be the wrong file
PASTE_PAUSE = 0.05  # seconds in which the next line of a pasted key arrives


async def hidden(context: Context, question: str, *, instead: str) -> str:
    """What the person types or pastes, without echo; several lines of one paste are joined. Ctrl-D
    raises an error, and the prompt is not repeated."""
    world = context.world
    if not (is_terminal(world.stdin) and is_terminal(world.stderr)):
        raise NoTerminal(msg("cannot prompt for the key without a terminal"), hint=instead)
    context.report.question(question)
    try:
        typed = await _unseen(world.stdin)
    finally:
        world.stderr.write("\n")
        world.stderr.flush()
    if not typed:
        raise NoTerminal(msg("no key was entered"), hint=instead)
    return typed


def from_stdin(stream: TextIO | None, *, line: bool = False) -> str:
    """All of stdin, or its first `line`; "" if it is closed."""
    if stream is None or stream.closed:
        return ""
    try:
        read = stream.readline if line else stream.read
        return _bounded(read(LARGEST + 1), "stdin")
    except UnicodeDecodeError:
        raise UsageError(
            msg("no key on stdin: it is not text"), hint=msg("pipe the key into it")
        ) from None


def from_file(path: Path) -> str:
    try:
        with open_given(path) as file:
            content = file.read(LARGEST + 1)
        return _bounded(content.decode("utf-8-sig", "replace"), str(path))
    except OSError as error:
        raise UsageError(
            msg("{path}: {strerror}", path=path, strerror=error.strerror or msg("cannot be read")),
            hint=msg("check --key-file"),
        ) from error


def _bounded(text: str, place: str) -> str:
    if len(text) > LARGEST:
        raise UsageError(
            msg("{place} contains more than a key", place=place), hint=msg("pass only the key")
        )
    return text


if sys.platform == "win32":
    import msvcrt

    async def _unseen(stream: TextIO) -> str:
        typed = ""
        while (key := msvcrt.getwch()) not in "\r\n":
            if key == "\x03":
                raise KeyboardInterrupt
            typed = typed[:-1] if key == "\b" else typed + key
        return f"{typed}\n"
else:
    import termios

    async def _unseen(stream: TextIO) -> str:
        """Reads from the descriptor, so that Python buffers nothing that was typed after the
        key."""
        descriptor = stream.fileno()
        before = termios.tcgetattr(descriptor)
        silent = list(before)
        silent[3] &= ~termios.ECHO
        try:
            termios.tcsetattr(descriptor, termios.TCSAFLUSH, silent)
            await readable(stream)
            return _lines(descriptor)
        finally:
            termios.tcsetattr(descriptor, termios.TCSAFLUSH, before)

    def _lines(descriptor: int) -> str:
        typed = os.read(descriptor, LARGEST)
        while select.select([descriptor], [], [], PASTE_PAUSE)[0]:
            more = os.read(descriptor, LARGEST)
            if not more or len(typed) > LARGEST:
                break
            typed += more
        return typed.decode(errors="replace")
