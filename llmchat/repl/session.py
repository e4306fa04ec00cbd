"""The session: reads a line, does what it says, shows the answer, until the person leaves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from typing import Any, TypeVar

from prompt_toolkit.application import run_in_terminal

from llmchat.conversation import Conversation
from llmchat.errors import Filtered, LlmchatError, UsageError
from llmchat.events import Event
from llmchat.inputs.mentions import mentions_in
from llmchat.inputs.tokens import check_size
from llmchat.messages import Attachment
from llmchat.render.clean import clean_line
from llmchat.render.plain import Plain
from llmchat.repl.answer import AnswerView
from llmchat.repl.attachments import PendingAttachments
from llmchat.repl.clipboard import Clipboard
from llmchat.repl.commands.table import LEAVING, all_commands
from llmchat.repl.commands.tree_view import cut
from llmchat.repl.current import CurrentConversation
from llmchat.repl.input.completer import SessionCompleter
from llmchat.repl.input.drafts import LineDraft
from llmchat.repl.input.editor import Editor
from llmchat.repl.input.history import InputHistory
from llmchat.repl.input.keyboard import Keyboard
from llmchat.repl.input.line import EDITED_ROOM, SIGN, InputLine
from llmchat.repl.input.pastes import Pastes
from llmchat.repl.input.toolbar import Facts, told_of, toolbar
from llmchat.repl.output import SessionOutput
from llmchat.repl.outside import Renderer, SessionHost
from llmchat.repl.terminal import Terminal
from llmchat.store.history.rows import ConversationRow

T = TypeVar("T")
EDIT_SIGN = "edit> "


class Session:
    """One person at one terminal. The commands are its other half: they use what is public."""

    def __init__(self, host: SessionHost, terminal: Terminal) -> None:
        self.host = host
        self.terminal = terminal
        self.commands = all_commands()
        self.output = SessionOutput(
            terminal.screen_file, color=terminal.color, width=lambda: terminal.columns
        )
        self.pastes = Pastes()
        self.clipboard = Clipboard(host.environ, self.output.exact)
        self.pending = PendingAttachments(
            cwd=host.cwd,
            home=host.home,
            limit=host.max_input,
            fetch=host.fetch,
            is_secret=host.is_secret,
        )
        self.current = CurrentConversation(host)
        self.typed: list[str] = []  # the mentions in the command that runs
        self.counted = 0  # tokens, as far as the services told
        self.shows_raw = False
        self.shows_usage = host.usage
        self.draft = LineDraft(host.drafts, self.conversation.id, unfold=self.pastes.unfold)
        self.input_history = InputHistory(host.input_history, self.pastes)
        self._editor = Editor(host.environ, terminal, run_in_terminal)
        self.line = self._open_line()
        self._keyboard = Keyboard(terminal, self.draft, self.pastes)
        self._answering = self._open_answering()
        self._editing = False  # the next line replaces the last question
        self._leaving = False
        self._listens = False  # the keyboard has the keys, not the line
        host.services.ask_with(self.consents)

    @property
    def conversation(self) -> Conversation:
        return self.current.conversation

    async def run(self, text: str = "", attachments: tuple[Attachment, ...] = ()) -> None:
        """`text` is said first; who wrote it is not known, so that its @paths are left alone."""
        if text or attachments:
            self.output.say(SIGN + self.one_line(text))
            self.pending.attachments += attachments
            await self._guarded(self.send(self.pastes.fold(text)))
        while not self._leaving:
            default = self.draft.text.rstrip("\n")
            line = await self.line.read(default, sign=EDIT_SIGN if self._editing else SIGN)
            if line is None:
                return
            self.draft.text = ""
            await self._guarded(self._take(line))

    # What commands use

    def leave(self) -> None:
        self._leaving = True

    async def send(self, text: str) -> None:
        """A line as a question, with what goes along; what is refused before it leaves comes
        back."""
        try:
            whole = await self._whole(text)
        except LlmchatError:
            self.draft.text = text + self.draft.text
            raise
        gone = self.pending.take()
        error = await self.answer(self.conversation.send(whole, attachments=gone.attachments))
        if isinstance(error, UsageError) or self._is_untouched():
            self.pending.put_back(gone)
            self._take_back(text)

    async def answer(self, events: AsyncGenerator[Event, None]) -> LlmchatError | None:
        """Shows the answer of the turn that has just begun."""
        self.output.say()
        self._listens = True
        try:
            error = await self._answering.show(events, waiting_for=self.current.who())
        finally:
            self._listens = False
        self._conclude(error)
        return error

    async def consents(self, question: str) -> bool:
        before, self._listens = self._listens, True
        try:
            return await self._answering.consents(question)
        finally:
            self._listens = before

    async def while_listening(self, work: Coroutine[Any, Any, T]) -> T | None:
        """The result, or None when Ctrl-C or Escape stops it."""
        task = asyncio.create_task(work)
        self._listens = True
        try:
            with self._keyboard.listening(task.cancel):
                await asyncio.wait({task})
        finally:
            self._listens = False
            task.cancel()
        return None if task.cancelled() else task.result()

    def ask_from(self, provider: str, model: str) -> None:
        self.current.chosen = True
        self.current.ask_from(provider, model)
        self.output.hint(f"{self.current.who()} answers from now on")

    def begin_new(self) -> None:
        self.current.begin_new()
        self.entered()

    def go_on_with(self, row: ConversationRow) -> None:
        self.current.adopt(row)
        self.entered()
        where = f"going on with {row.id}: {row.title} ({row.messages} messages)"
        self.output.hint(cut(clean_line(where), self.terminal.columns))
        followed = None if self.current.chosen else self.host.services.follow(row)
        if followed:
            self.current.ask_from(*followed)
            self.output.hint(f"{self.current.who()} answers, as before")

    def entered(self) -> None:
        """Another conversation is the present one."""
        self.draft.conversation = self.conversation.id
        self.current.find_title()

    def edit_next(self, question: str) -> None:
        """The next line takes the place of the last question."""
        self._editing = True
        self.type_next(self.pastes.fold(question, room=EDITED_ROOM))

    def type_next(self, text: str) -> None:
        """Into the next line, behind what is there."""
        self.draft.text += text

    def one_line(self, text: str) -> str:
        return cut(" ".join(clean_line(text[:2000]).split()), max(20, self.terminal.columns - 25))

    # What a signal and the end use

    def interrupt(self) -> None:
        """A SIGINT: Ctrl-C for whoever has the keys now; an open editor has its own."""
        if self._listens:
            self._keyboard.interrupt()
        elif not self._editor.is_open:
            self.line.press_interrupt()

    def wake(self) -> None:
        """A SIGCONT: the terminal may have been anybody's meanwhile."""
        if not self._editor.is_open:
            self.terminal.retake()
            self.line.redraw()

    async def close(self) -> None:
        self.draft.save()
        await self.host.services.aclose()

    # The loop's own

    async def _take(self, line: str) -> None:
        text = line.strip()
        editing, self._editing = self._editing, False
        if text.lower() in LEAVING:
            self.leave()
        elif text.startswith("/") and not text.startswith("//"):
            words = text[1:].split(maxsplit=1) or [""]
            command = self.commands.find("" if text[1:2].isspace() else words[0])
            self.typed = mentions_in(self.pastes.typed(text))
            await command.run(self, self.pastes.unfold("".join(words[1:])).strip())
        elif not text:
            return
        elif editing:
            await self.answer(self.conversation.edit(self.pastes.unfold(line)))
        else:
            await self.send(line.replace("//", "/", 1) if text.startswith("//") else line)

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        """A mistake of ours or of somebody else must not end the session."""
        try:
            await work
        except LlmchatError as error:
            self.host.report.error(error)
        except OSError:
            raise  # the terminal is gone
        except Exception as error:
            if self.host.environ.get("LLMCHAT_DEBUG"):
                raise
            fault = f"a fault of llmchat's own: {type(error).__name__}: {error}"
            self.host.report.error(
                LlmchatError(fault, hint="the session goes on; LLMCHAT_DEBUG=1 shows where")
            )

    def _conclude(self, error: LlmchatError | None) -> None:
        """What is said below an answer."""
        turn, report = self.conversation.turn, self.host.report
        if turn is None:
            return
        if error is None and turn.finish_reason == "filter":
            error = Filtered("the service's content filter refused", hint="say it in other words")
        if error:
            report.error(error)
        elif turn.state in ("interrupted", "streaming"):
            self.output.hint("stopped; /continue goes on, /retry asks again")
        elif turn.finish_reason == "length":
            report.notice("the answer ends at the model's length limit; /continue goes on")
        if self.conversation.warning:
            report.warning(self.conversation.warning)
        if turn.attempts:
            self._count()
        self.current.find_title()
        self.output.say()

    async def _whole(self, text: str) -> str:
        """The message with its files, which are shown before they are read, and whose size is told
        or refused."""
        typed, text = self.pastes.typed(text), self.pastes.unfold(text)
        named = self.pending.named(typed)
        if named:
            self.output.hint(f"with {', '.join(named)}")
        left_out = self.pending.left_out(text, typed)
        whole, told = await self.pending.message(text, named)
        for line in (left_out, *told, self._size_notice(whole)):
            if line:
                self.host.report.notice(line)
        return whole

    def _count(self) -> None:
        turn = self.conversation.turn
        assert turn is not None
        self.counted += turn.usage.total_tokens or 0
        self.host.services.note(turn)
        if self.shows_usage:
            told = (self.current.who(), *told_of(turn))
            self.output.hint("  ·  ".join(part for part in told if part))

    def _is_untouched(self) -> bool:
        """It was stopped before it began: nothing is kept of it."""
        return self.conversation.turn is not None and self.conversation.turn.state == "streaming"

    def _take_back(self, text: str) -> None:
        """The question was not sent: it stands in the line again, not in the conversation."""
        if not self._is_untouched() and self.current.last_question():
            self.conversation.undo()
        self.draft.text = text + self.draft.text

    def _size_notice(self, text: str) -> str:
        return check_size(
            text,
            model=self.conversation.model,
            window=self.host.services.window(self.current.provider),
            large=self.host.large_input,
            before=[said.message.text for said in self.conversation.branch],
        )

    def _toolbar(self, columns: int) -> str:
        tokens, first, speed = told_of(self.conversation.turn)
        count = len(self.pending)
        extra = f"+ {count} file{'s' * (count != 1)}" if count else ""
        title = self.current.title or "new conversation"
        return toolbar(Facts(self.current.who(), title, tokens, first, speed, extra), columns)

    def _renderer(self) -> Renderer:
        if self.shows_raw:
            return Plain(self.terminal.screen_file, tty=True)
        return self.host.renderer()

    def _open_line(self) -> InputLine:
        line = InputLine(
            self.terminal,
            history=self.input_history,
            draft=self.draft,
            pastes=self.pastes,
            completer=SessionCompleter(self),
            toolbar=self._toolbar,
            editor=self._editor,
        )
        line.vi = self.host.vi
        return line

    def _open_answering(self) -> AnswerView:
        encoding = (getattr(self.terminal.screen_file, "encoding", "") or "").lower()
        return AnswerView(
            self._keyboard,
            self.output,
            self.host.report,
            renderer=self._renderer,
            utf8="utf" in encoding,
            spins=self.terminal.obeys_sequences,
        )
