"""The dialogue below a command, with keys to run, edit, explain, copy or leave it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TextIO

from llmchat.app.cmd.asking import CommandAsker
from llmchat.app.terminal.clipboard import Clipboard
from llmchat.app.terminal.keys import END, key_presses
from llmchat.errors import LlmchatError
from llmchat.language import msg
from llmchat.shell_command.suggestion import Suggestion, edited

if TYPE_CHECKING:
    from llmchat.app.run.context import Context
    from llmchat.render.stderr.shell_command import CommandView

Edit = Callable[[str], Awaitable[str | None]]  # opens the line; returns the edited text, or None
# The same keys in the Russian layout, so that nobody has to switch to answer.
RUSSIAN = dict(zip("кучсй", "rexcq", strict=True))
LEAVING = ("q", END, "\x1b")


@dataclass(frozen=True, slots=True)
class CommandEnding:
    """How the dialogue ended; `text` is the command that was taken."""

    way: Literal["taken", "copied", "left"]
    text: str = ""


@dataclass(frozen=True, slots=True)
class CommandTools:
    """What the dialogue needs. With `takes`, `r` prints the command instead of running it."""

    keys: TextIO
    screen: TextIO
    view: CommandView
    edit: Edit
    takes: bool = False


class CommandDialog:
    """The dialogue about one request; the command may be edited any number of times."""

    def __init__(
        self, context: Context, asker: CommandAsker, wish: str, tools: CommandTools
    ) -> None:
        self._context = context
        self._asker = asker
        self._wish = wish
        self._tools = tools

    async def run(self, suggestion: Suggestion) -> CommandEnding:
        """Runs the dialogue until the person takes the command, with `r` only, or leaves."""
        while True:
            key = await self._key(suggestion)
            if key == "r":
                return CommandEnding("taken", suggestion.text)
            if key == "e":
                suggestion = await self._edited(suggestion)
            elif key == "x":
                await self._explain(suggestion)
            elif key == "c":
                return await self._copied(suggestion)
            else:
                return CommandEnding("left")

    async def _key(self, suggestion: Suggestion) -> str:
        """The next key that means something; Enter and others do nothing."""
        view = self._tools.view
        # Imports what draws, before the keys are read.
        picture = view.picture(suggestion, self._menu(suggestion))
        allowed = ("r" * suggestion.may_run, "e", "x", "c", *LEAVING)
        try:
            with key_presses(self._tools.keys, lambda: view.write(picture)) as press:
                while True:
                    key = (await press()).lower()
                    key = RUSSIAN.get(key, key)
                    if key and key in allowed:
                        return key
        finally:
            view.end_line()

    def _menu(self, suggestion: Suggestion) -> str:
        rest = msg("[e]dit e[x]plain [c]opy [q]uit")
        if not suggestion.may_run:
            return rest
        run = msg("[r]eturn") if self._tools.takes else msg("[r]un")
        return msg("{run} {rest}", run=run, rest=rest)

    async def _edited(self, suggestion: Suggestion) -> Suggestion:
        """The edited command; unchanged if the line is empty or cancelled."""
        text = await self._tools.edit(suggestion.for_editor)
        if text is None or not text.strip():
            return suggestion
        return edited(text, self._asker.target.dialect)

    async def _explain(self, suggestion: Suggestion) -> None:
        """Explains the command; if that fails, the dialogue continues."""
        try:
            await self._asker.explain(suggestion.text, self._wish, self._tools.screen)
        except LlmchatError as error:
            self._context.report.error(error)

    async def _copied(self, suggestion: Suggestion) -> CommandEnding:
        clipboard = Clipboard(self._context.world.environ, self._tools.view.exact)
        how = await clipboard.copy(suggestion.text)
        self._context.report.notice(msg("Copied ({how})", how=how))
        return CommandEnding("copied")
