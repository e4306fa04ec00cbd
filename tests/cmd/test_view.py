"""What the screen shows is what would run: every sample, on a real pseudo-terminal."""

from __future__ import annotations

import asyncio
import io
import os
import pty
from collections.abc import Iterator
from typing import TextIO, cast

import pyte
import pytest

from llmchat.app.cmd.asking import CommandAsker
from llmchat.app.cmd.dialog import CommandDialog, CommandEnding, CommandTools
from llmchat.app.run.context import Context, open_context
from llmchat.render.stderr.shell_command import CommandView
from llmchat.render.terminal.screen import Screen
from llmchat.shell_command.dialects import BASH
from llmchat.shell_command.suggestion import Suggestion, suggested
from llmchat.shell_command.wording import TargetShell
from llmchat.world import World
from tests.shell_command.replies import REPLIES, Sample

SHOWN = [sample for sample in REPLIES if sample.commands]
HERE = TargetShell(BASH, "/bin/sh", "Linux")
COLUMNS = 1000  # so that no line is broken


class Person:
    """Types at one end of a terminal, whose other end the program reads."""

    def __init__(self) -> None:
        self._hand, end = pty.openpty()
        self.keys = os.fdopen(end, "r")
        self.screen = io.StringIO()

    def type(self, text: str) -> None:
        os.write(self._hand, text.encode())

    def close(self) -> None:
        self.keys.close()
        os.close(self._hand)

    @property
    def rows(self) -> list[str]:
        emulator = pyte.Screen(COLUMNS, 60)
        pyte.Stream(emulator).feed(self.screen.getvalue().replace("\n", "\r\n"))
        return [row.rstrip() for row in emulator.display]


@pytest.fixture
def person() -> Iterator[Person]:
    person = Person()
    yield person
    person.close()


@pytest.fixture
def context(tmp_path_factory: pytest.TempPathFactory) -> Context:
    home = tmp_path_factory.mktemp("home")
    streams = io.StringIO(), io.StringIO(), io.StringIO()
    return open_context(World({"LLMCHAT_HOME": str(home)}, *streams, home))


async def nothing(text: str) -> str | None:
    return None


async def ended(
    person: Person, context: Context, suggestion: Suggestion, *keys: str
) -> CommandEnding:
    """Presses the last key until it is read on its own: together with the one before it would be a
    paste, which is not an answer."""
    screen = Screen(cast("TextIO", person.screen), lambda: (COLUMNS, 60), cursor=False)
    view = CommandView(screen, "auto", BASH.lexer)
    tools = CommandTools(person.keys, cast("TextIO", person.screen), view, nothing)
    dialog = CommandDialog(context, CommandAsker(context, HERE), "", tools)
    task = asyncio.create_task(dialog.run(suggestion))
    while "[q]uit" not in person.screen.getvalue():  # noqa: ASYNC110  # a screen has no event
        await asyncio.sleep(0.001)
    for key in keys:
        assert not task.done()
        person.type(key)
        await asyncio.sleep(0.02)
    while not (await asyncio.wait([task], timeout=0.5))[0]:
        person.type(keys[-1])
    return await task


@pytest.mark.parametrize("sample", SHOWN, ids=lambda s: repr(s.reply)[:40])
async def test_what_is_shown_is_what_would_run(
    person: Person, context: Context, sample: Sample
) -> None:
    """Enter and other keys leave the choice open; `r` runs the command if it is offered."""
    suggestion = suggested(sample.reply, BASH)
    keys = ["\r", "\n", " ", "r\r", "r"] + ["q"] * (not sample.runs)
    ending = await ended(person, context, suggestion, *keys)
    assert ending == (
        CommandEnding("taken", sample.commands[0]) if sample.runs else CommandEnding("left")
    )
    if sample.runs:
        lines = sample.commands[0].split("\n")
        assert person.rows[1 : len(lines) + 1] == [f"  {line}".rstrip() for line in lines]


@pytest.mark.parametrize("sample", SHOWN, ids=lambda s: repr(s.reply)[:40])
async def test_every_reason_stands_below(person: Person, context: Context, sample: Sample) -> None:
    suggestion = suggested(sample.reply, BASH)
    await ended(person, context, suggestion, "q")
    text = "\n".join(person.rows)
    assert all(danger.reason in text for danger in suggestion.dangers)
    assert text.count("\n  ! ") == len(suggestion.dangers)
    assert "[r]un" in text if sample.runs else "[r]un" not in text


@pytest.mark.parametrize("sample", SHOWN, ids=lambda s: repr(s.reply)[:40])
async def test_no_sequence_of_a_reply_reaches_the_terminal(
    person: Person, context: Context, sample: Sample
) -> None:
    await ended(person, context, suggested(sample.reply, BASH), "q")
    written = person.screen.getvalue()
    assert not set("\x08\x07\t\u202e\u200b\u2800") & set(written)
    assert "\x1b[8m" not in written


async def test_the_marked_place_is_underlined(person: Person, context: Context) -> None:
    await ended(person, context, suggested("ls; rm -r x", BASH), "q")
    emulator = pyte.Screen(COLUMNS, 60)
    pyte.Stream(emulator).feed(person.screen.getvalue().replace("\n", "\r\n"))
    row = emulator.buffer[1]
    marked = "".join(row[x].data for x in range(40) if row[x].underscore)
    assert marked == "rm -r"
