"""Asks for approval of tool calls in the session, in the middle of an answer."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from llmchat.repl.input.editor import editing

if TYPE_CHECKING:
    from llmchat.render.terminal.screen import Screen
    from llmchat.repl.session import Session


class SessionDesk:
    """The session's own screen and keyboard."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def aside(self) -> AbstractContextManager[object]:
        return self._session.display.aside()

    def screen(self) -> Screen:
        return self._session.context.screen(self._session.terminal.screen_file)

    def show(self, drawn: str) -> None:
        self._session.output.exact(drawn)

    def say(self, line: str) -> None:
        self._session.output.say(line)

    async def key(self, question: str, answers: tuple[str, ...]) -> str:
        """Waits for one of the answers; other keys are typed ahead, and the question is shown
        again."""
        output = self._session.output
        while True:
            key = await self._session.keyboard.pressed(lambda: output.ask(question), answers)
            if key:
                return key
            output.say()

    async def edited(self, text: str) -> str:
        terminal, environ = self._session.terminal, self._session.context.world.environ
        return await terminal.lend(editing(text, environ, terminal))
