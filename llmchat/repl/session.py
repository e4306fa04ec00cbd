"""The session loop: reads a line, runs or sends it, shows the answer, until the person exits
(docs/decisions/0076-two-front-ends-over-one-core.md)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from typing import Any, TypeVar

from prompt_toolkit.application import run_in_terminal

from llmchat.app.ask.candidates import needs_choice
from llmchat.app.ask.choice import choose
from llmchat.app.ask.input.follow_up import FollowUp, with_last_provider
from llmchat.app.ask.schema import WantedData
from llmchat.app.calling.opening import open_tools
from llmchat.app.models import check_model
from llmchat.app.run.context import Context
from llmchat.app.terminal.clipboard import Clipboard
from llmchat.conversation.conversation import Conversation
from llmchat.errors import LlmchatError, MissingAuthError
from llmchat.language import msg
from llmchat.render.clean import clean_line
from llmchat.render.width import cut
from llmchat.repl.answering.titling import Titling
from llmchat.repl.answering.tool_approval import SessionDesk
from llmchat.repl.answering.turns import send
from llmchat.repl.commands.table import all_commands
from llmchat.repl.current_conversation import OpenAnswerer
from llmchat.repl.dispatch import take
from llmchat.repl.input.editor import LineEditor
from llmchat.repl.input.keyboard import Keyboard
from llmchat.repl.input.line import EDITED_ROOM, SIGN
from llmchat.repl.input.pastes import Pastes
from llmchat.repl.options import ChatOptions
from llmchat.repl.session_parts import (
    open_current,
    open_display,
    open_line,
    open_output,
    open_pending,
    open_typed,
)
from llmchat.repl.terminal import Terminal
from llmchat.store.history.history import History
from llmchat.store.history.rows import ConversationRow
from llmchat.values.events import Event, Usage
from llmchat.values.messages import Attachment
from llmchat.values.turn import Turn

T = TypeVar("T")
EDIT_SIGN = "edit> "


class Session:
    """A session of one person at one terminal. The commands use its public methods and
    attributes."""

    def __init__(
        self,
        context: Context,
        terminal: Terminal,
        options: ChatOptions,
        *,
        open_answerer: OpenAnswerer | None = None,
    ) -> None:
        environ = context.world.environ
        self.context = context
        self.terminal = terminal
        self.commands = all_commands()
        self.output = open_output(context, terminal)
        self.pastes = Pastes()
        self.clipboard = Clipboard(environ, self.output.exact)
        self.pending = open_pending(self)
        desk = SessionDesk(self)
        self.tools = open_tools(context, options.tools, allow=options.allow, desk=desk)
        self.current = open_current(self, options, open_answerer)
        self.typed: list[str] = []  # mentions typed in the command being run
        self.usages: list[tuple[str, str, Usage]] = []  # one entry per answer, for /tokens
        self.declined: set[str] = set()  # conversations that the person did not want compacted
        self.wanted: WantedData | None = None  # the schema answers must match
        self.titling = Titling(self)
        self.shows_raw = False
        self.shows_usage = context.settings.enabled("usage")
        self.draft, self.input_history = open_typed(self)
        self._editor = LineEditor(environ, terminal, self.output.hint)
        self.line = open_line(self, self._editor, self._paste_picture)
        self.keyboard = Keyboard(terminal, self.draft, self.pastes)
        self.display = open_display(self)
        self._editing = False  # the next line replaces the last question
        self._leaving = False
        self._dialogue: asyncio.Future[Any] | None = None
        self._listens = False  # whether `keyboard` reads the keys, not `line`

    @property
    def history(self) -> History | None:
        """None if nothing is saved."""
        return self.current.history

    @property
    def conversation(self) -> Conversation:
        return self.current.conversation

    async def run(self, text: str = "", attachments: tuple[Attachment, ...] = ()) -> None:
        """Runs the session. `text` is sent first; its @paths are not read, because the person may
        not have typed them here."""
        if text or attachments:
            self.output.say(SIGN + self.one_line(text))
            self.pending.attachments += attachments
            await self._guarded(send(self, self.pastes.fold(text)))
        while not self._leaving:
            line = self._queued_line()
            if line is None:
                default = self.draft.text.rstrip("\n")
                line = await self.line.read(default, sign=EDIT_SIGN if self._editing else SIGN)
                if line is None:
                    return
                self.draft.text = ""
            editing, self._editing = self._editing, False
            await self._guarded(take(self, line, editing=editing))

    def _queued_line(self) -> str | None:
        """Takes a line that was queued during the last answer, and prints it as if it were typed
        now."""
        line = self.draft.next_queued()
        if line is not None:
            self.output.say(SIGN + self.one_line(line))
            self.input_history.append_string(line)
        return line

    # For commands

    def leave(self) -> None:
        self._leaving = True

    async def show(self, events: AsyncGenerator[Event, None]) -> LlmchatError | None:
        """Shows an answer; keys can stop it. Returns the error if it failed."""
        self._listens = True
        try:
            return await self.display.show(events, waiting_for=self.current.who())
        finally:
            self._listens = False

    async def consents(self, question: str) -> bool:
        before, self._listens = self._listens, True
        try:
            return await self.display.consents(question)
        finally:
            self._listens = before

    async def while_listening(self, work: Coroutine[Any, Any, T]) -> T | None:
        """The result of `work`; None if Ctrl-C or Escape stopped it."""
        task = asyncio.create_task(work)
        self._listens = True
        try:
            with self.keyboard.listening(task.cancel):
                await asyncio.wait({task})
        finally:
            self._listens = False
            task.cancel()
        return None if task.cancelled() else task.result()

    def count(self, turn: Turn) -> None:
        """Counts the usage of an answer or a summary for /tokens, if a service was asked."""
        if turn.attempts:
            self.usages.append((turn.provider, turn.model or turn.requested_model, turn.usage))

    def choose(self, provider: str, model: str) -> None:
        """Asks another provider from the next question on."""
        context = self.context.with_provider(provider, model)
        check_model(context)
        self.current.ask(context)
        self.current.chosen = True
        self.output.hint(msg("{who} answers from now on", who=self.current.who()))

    async def let_choose(self) -> None:
        """Lets the person choose a provider if the settings do not."""
        if not needs_choice(self.current.context):
            return
        chosen = await self.with_terminal(choose(self.current.context))
        if chosen is None:
            raise MissingAuthError(
                msg("no provider was chosen; nothing was sent"),
                hint=msg("/provider NAME chooses one"),
            )
        target = chosen.settings.target()
        self.choose(target.provider, target.model)

    async def with_terminal(self, work: Coroutine[Any, Any, T]) -> T | None:
        """The result of a dialogue that uses the terminal in its normal mode; None if Ctrl-C stops
        it. The dialogue must end its last line."""
        with self.terminal.lent():
            dialogue: asyncio.Future[T] = asyncio.ensure_future(work)
            self._dialogue = dialogue
            try:
                return await dialogue
            except asyncio.CancelledError:
                return None
            finally:
                self._dialogue = None

    def begin_new(self) -> None:
        self.current.begin_new()
        self.entered()

    def go_on_with(self, row: ConversationRow) -> None:
        self.current.adopt(row)
        self.entered()
        where = msg(
            "Resumed {id}: {title} ({messages} messages)",
            id=row.id,
            title=row.title,
            messages=row.messages,
        )
        self.output.hint(cut(clean_line(where), self.terminal.columns))
        self._ask_as_before(row)

    def _ask_as_before(self, row: ConversationRow) -> None:
        """Keeps the provider that answered the conversation last, unless a command or flag chose
        another."""
        if self.current.chosen:
            return
        branch = self.current.kept()[0].branch(row)
        before = with_last_provider(self.context, FollowUp(row, branch))
        if before is not self.context:
            self.current.ask(before)
            self.output.hint(msg("{who} still answers", who=self.current.who()))

    def entered(self) -> None:
        """Updates what depends on the current conversation after it was replaced."""
        self.draft.conversation = self.conversation.id
        self.current.find_title()

    def edit_next(self, question: str) -> None:
        """Puts the last question into the line; the line will replace it."""
        self._editing = True
        self.type_next(self.pastes.fold(question, room=EDITED_ROOM))

    def type_next(self, text: str) -> None:
        """Appends text to the next line."""
        self.draft.text += text

    def one_line(self, text: str) -> str:
        return cut(" ".join(clean_line(text[:2000]).split()), max(20, self.terminal.columns - 25))

    # For signals and the end of the session

    def interrupt(self) -> None:
        """Handles a SIGINT like Ctrl-C, by the part that reads the keys; an open editor handles its
        own."""
        if self._dialogue:
            self._dialogue.cancel()
        elif self._listens:
            if not self.terminal.is_lent:  # an editor has its own
                self.keyboard.interrupt()
        elif not self._editor.is_open:
            self.line.press_interrupt()

    def wake(self) -> None:
        """Handles a SIGCONT: another program may have changed the terminal meanwhile."""
        if not (self._editor.is_open or self.terminal.is_lent):
            self.terminal.retake()
            self.line.redraw()

    async def close(self) -> None:
        self.draft.save()
        await self.titling.stop()
        if self.wanted:
            await self.wanted.aclose()
        await self.current.aclose()
        await self.tools.aclose()

    # The loop's own parts

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        """Runs a command or question; a bug must not end the session."""
        try:
            await work
        except LlmchatError as error:
            self.draft.take_back()  # they were typed in the expectation of an answer
            self.context.report.error(error)
        except OSError:
            raise  # the terminal is gone
        except Exception as error:
            self.draft.take_back()
            if self.context.world.environ.get("LLMCHAT_DEBUG"):
                raise
            fault = msg("internal error: {name}: {error}", name=type(error).__name__, error=error)
            self.context.report.error(
                LlmchatError(
                    fault, hint=msg("the session continues; set LLMCHAT_DEBUG=1 for details")
                )
            )

    async def _paste_picture(self) -> None:
        """Handles Ctrl-V: attaches a picture from the clipboard to the next message."""
        try:
            content = await self.clipboard.picture()
            line = self.pending.attach("clipboard.png", content, self.current.provider)
        except LlmchatError as error:
            line = error.in_one_line
        await run_in_terminal(lambda: self.output.hint(line))
