"""Asks for approval of calls at an ordinary terminal, in the middle of an answer to `ask`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

from llmchat.app.terminal.editor import edit_text, editor_command
from llmchat.app.terminal.keys import pressed_key

if TYPE_CHECKING:
    from llmchat.app.run.context import Context
    from llmchat.render.terminal.screen import Screen


class TerminalDesk:
    """`making_room` suspends what is drawn of the answer."""

    def __init__(
        self, context: Context, making_room: Callable[[], AbstractContextManager[object]]
    ) -> None:
        self._context = context
        self._making_room = making_room

    @contextmanager
    def aside(self) -> Iterator[None]:
        with self._context.report.asking(), self._making_room():
            yield

    def screen(self) -> Screen:
        return self._context.screen(self._context.world.stderr)

    def show(self, drawn: str) -> None:
        self._context.report.drawn(drawn)

    def say(self, line: str) -> None:
        self._context.report.rows([line])

    async def key(self, question: str, answers: tuple[str, ...]) -> str:
        """Waits for one of the answers; after any other key the question is shown again."""
        stdin, report = self._context.world.stdin, self._context.report
        while True:
            key = await pressed_key(stdin, ready=lambda: report.question(question))
            if key.lower() in answers:
                return key
            report.rows([""])

    async def edited(self, text: str) -> str:
        world = self._context.world
        command = editor_command(world.environ, terminal=True)
        return await asyncio.to_thread(
            lambda: edit_text(
                text, command, environ=world.environ, stdin=world.stdin, stdout=world.stderr
            )
        )
