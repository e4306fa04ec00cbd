"""Asks the person to approve a call before it runs: the panel, its keys, and what was approved for
the session.

An approval for the session applies to one definition of one tool: if its server changes the
definition, the person is asked again. What the tool says about itself is shown but decides nothing.
Why: docs/decisions/0124-a-person-says-yes-to-a-definition.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol

from llmchat.app.calling.arguments import BadArguments, parse_arguments, written
from llmchat.app.calling.loop import Verdict
from llmchat.errors import LlmchatError
from llmchat.language import msg
from llmchat.values.secret import redact

if TYPE_CHECKING:
    from llmchat.app.run.context import Context
    from llmchat.render.terminal.screen import Screen
    from llmchat.tools.tool import Tool

KEYS = msg("y once, a this session, n no (Enter), e edit, v view")
YES, NO = ("y", "д", "是", "好"), ("n", "н", "\r", "\n", "\x04")
ANSWERS = (*YES, *NO, "a", "e", "v")


class Desk(Protocol):
    """Where a person is asked: an ordinary terminal, or a session."""

    def aside(self) -> AbstractContextManager[object]:
        """Suspends what is being drawn until the question is answered."""

    def screen(self) -> Screen: ...

    def show(self, drawn: str) -> None:
        """Prints lines that a renderer has made."""

    def say(self, line: str) -> None: ...

    async def key(self, question: str, answers: tuple[str, ...]) -> str:
        """Shows the question, and returns which of the answers was pressed after that."""

    async def edited(self, text: str) -> str:
        """The text after the person edited it in their editor."""


class Approval:
    """Approves calls, remembering what the person agreed to for the rest of the run."""

    def __init__(self, context: Context, desk: Desk) -> None:
        self._context = context
        self._desk = desk
        self._agreed: set[tuple[str, str]] = set()

    async def verdict(self, tool: Tool, arguments: Mapping[str, Any]) -> Verdict:
        if (tool.label, tool.definition) in self._agreed:
            return Verdict(True, arguments)
        with self._desk.aside():
            return await self._asked(tool, arguments)

    async def _asked(self, tool: Tool, arguments: Mapping[str, Any]) -> Verdict:
        edited = False
        self._show(tool, arguments)
        while True:
            key = await self._key(msg("Run it? {keys}:", keys=KEYS), ANSWERS)
            if key in NO:
                self._desk.say(msg("no"))
                return Verdict(False)
            if key == "v":
                self._show_definition(tool)
            elif key == "e":
                arguments, edited = await self._edited(arguments, edited=edited)
                self._show(tool, arguments, edited=edited)
            else:
                if key == "a":
                    self._agreed.add((tool.label, tool.definition))
                self._desk.say(msg("this session") if key == "a" else msg("once"))
                return Verdict(True, arguments, edited)

    async def _edited(
        self, arguments: Mapping[str, Any], *, edited: bool
    ) -> tuple[Mapping[str, Any], bool]:
        """The arguments after editing, and whether the person has changed them. A text that is not
        a JSON object is rejected."""
        self._desk.say(msg("edit"))
        before = written(arguments, indent=2)
        try:
            text = await self._desk.edited(before)
            changed = parse_arguments(text)
        except (BadArguments, LlmchatError) as error:
            self._desk.say(msg("not changed: {error}", error=error))
            return arguments, edited
        return changed, edited or changed != dict(arguments)

    async def go_on(self, rounds: int) -> bool:
        with self._desk.aside():
            question = msg(
                "{rounds} rounds of tool calls without an answer. Go on? y yes, n no (Enter):",
                rounds=rounds,
            )
            agreed = await self._key(question, (*YES, *NO)) in YES
            self._desk.say(msg("yes") if agreed else msg("no"))
            return agreed

    async def _key(self, question: str, answers: tuple[str, ...]) -> str:
        """Asks for a key; ends the line after a Ctrl-C."""
        try:
            return (await self._desk.key(question, answers)).lower()
        except BaseException:
            self._desk.say("")
            raise

    def _show(self, tool: Tool, arguments: Mapping[str, Any], *, edited: bool = False) -> None:
        from llmchat.render.tools.panel import call_panel  # Rich: 50 ms, for a person only

        text = redact(written(arguments, indent=2), self._context.world.secrets)
        screen, theme = self._desk.screen(), self._context.theme
        self._desk.show(call_panel(tool, text, screen, theme, edited=edited))

    def _show_definition(self, tool: Tool) -> None:
        from llmchat.render.tools.panel import definition_panel  # as above

        self._desk.say(msg("view"))
        self._desk.show(definition_panel(tool, self._desk.screen(), self._context.theme))
