"""A question to the person at a terminal, and what counts as an answer."""

from __future__ import annotations

import asyncio
import os
import pty
from collections.abc import Iterator
from pathlib import Path

import pytest

from llmchat.app.run.context import Context, open_context
from llmchat.app.terminal.consent import consents
from llmchat.world import World


@pytest.fixture
def person(tmp_path: Path) -> Iterator[tuple[int, Context]]:
    """A terminal with a person, and a context that asks there."""
    keyboard, place = pty.openpty()
    os.set_blocking(keyboard, False)
    with open(place, encoding="utf-8") as stdin, open(place, "w", closefd=False) as stderr:
        world = World({"LLMCHAT_HOME": str(tmp_path)}, stdin, stderr, stderr, tmp_path)
        yield keyboard, open_context(world)
    os.close(keyboard)


async def test_what_was_typed_before_the_question_is_no_answer(
    person: tuple[int, Context],
) -> None:
    """For example a second Enter after a pasted key, while that key is being checked."""
    keyboard, context = person
    os.write(keyboard, b"y\n\n")
    asked = asyncio.ensure_future(consents(context, "Shall it?", default=True))
    seen = b""
    while b"[Y/n]" not in seen:
        await asyncio.sleep(0)
        try:
            seen += os.read(keyboard, 4096)
        except BlockingIOError:
            continue
    os.write(keyboard, b"n\n")
    assert await asyncio.wait_for(asked, 30) is False
