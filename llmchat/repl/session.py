"""The session: reads a line, does what it says, shows the answer, until the person leaves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from typing import Any, TypeVar

from prompt_toolkit.application import run_in_terminal

from llmchat.conversation import Conversation
from llmchat.errors import Filtered, LlmchatError, UsageError
from llmchat.events import Event
from llmchat.inputs.tokens import check_size
from llmchat.messages import Attachment
from llmchat.render.clean import clean_line
from llmchat.render.plain import Plain
from llmchat.repl.answering import Answering
from llmchat.repl.commands import LEAVING, all_commands
from llmchat.repl.completer import SessionCompleter
from llmchat.repl.copying import Clipboard
from llmchat.repl.drafts import Draft
from llmchat.repl.editor import Editor
from llmchat.repl.enclosures import Enclosures
from llmchat.repl.folds import Folds
from llmchat.repl.input_history import InputHistory
from llmchat.repl.keyboard import Keyboard
from llmchat.repl.line import EDITED_ROOM, SIGN, Line
from llmchat.repl.outside import Outside, Renderer
from llmchat.repl.present import Present
from llmchat.repl.terminal import Terminal
from llmchat.repl.toolbar import Facts, told_of, toolbar
from llmchat.repl.tree import cut
from llmchat.repl.voice import Voice
from llmchat.store.rows import ConversationRow

T = TypeVar("T")
EDIT_SIGN = "edit> "


class Session:
    """One person at one terminal. The commands are its other half: they use what is public."""

    def __init__(self, outside: Outside, terminal: Terminal) -> None:
        self.outside = outside
        self.terminal = terminal
        self.commands = all_commands()
        self.voice = Voice(
            terminal.screen_file, color=terminal.color, width=lambda: terminal.columns
        )
        self.folds = Folds()
        self.clipboard = Clipboard(outside.environ, self.voice.exact)
        self.enclosures = Enclosures(
            cwd=outside.cwd, home=outside.home, limit=outside.max_input, fetch=outside.fetch
        )
        self.present = Present(outside)
        self.counted = 0  # tokens, as far as the services told
        self.shows_raw = False
        self.shows_usage = outside.usage
        self.draft = Draft(outside.drafts, self.talk.id, unfold=self.folds.unfold)
        self.input_history = InputHistory(outside.input_history, self.folds)
        self._editor = Editor(outside.environ, terminal, run_in_terminal)
        self.line = self._open_line()
        self._keyboard = Keyboard(terminal, self.draft, self.folds)
        self._answering = self._open_answering()
        self._editing = False  # the next line replaces the last question
        self._leaving = False
        self._listens = False  # the keyboard has the keys, not the line
        outside.services.ask_with(self.consents)

    @property
    def talk(self) -> Conversation:
        return self.present.talk

    async def run(self, text: str = "", attachments: tuple[Attachment, ...] = ()) -> None:
        """`text` is said first, as if it had been typed."""
        if text or attachments:
            self.voice.say(SIGN + self.one_line(text))
            self.enclosures.attachments += attachments
            await self._guarded(self.send(text))
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
        """A question, with what goes along; what is refused before it leaves comes back."""
        try:
            whole = await self._whole(text)
        except LlmchatError:
            self.draft.text = text + self.draft.text
            raise
        gone = self.enclosures.take()
        error = await self.answer(self.talk.send(whole, attachments=gone.attachments))
        if isinstance(error, UsageError) or self._is_untouched():
            self.enclosures.put_back(gone)
            self._take_back(text)

    async def answer(self, events: AsyncGenerator[Event, None]) -> LlmchatError | None:
        """Shows the answer of the turn that has just begun."""
        self.voice.say()
        self._listens = True
        try:
            error = await self._answering.show(events, waiting_for=self.present.who())
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
        self.present.chosen = True
        self.present.ask_from(provider, model)
        self.voice.hint(f"{self.present.who()} answers from now on")

    def begin_new(self) -> None:
        self.present.begin_new()
        self.entered()

    def go_on_with(self, row: ConversationRow) -> None:
        self.present.adopt(row)
        self.entered()
        where = f"going on with {row.id}: {row.title} ({row.messages} messages)"
        self.voice.hint(cut(clean_line(where), self.terminal.columns))
        followed = None if self.present.chosen else self.outside.services.follow(row)
        if followed:
            self.present.ask_from(*followed)
            self.voice.hint(f"{self.present.who()} answers, as before")

    def entered(self) -> None:
        """Another conversation is the present one."""
        self.draft.conversation = self.talk.id
        self.present.find_title()

    def edit_next(self, question: str) -> None:
        """The next line takes the place of the last question."""
        self._editing = True
        self.type_next(self.folds.fold(question, room=EDITED_ROOM))

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
        await self.outside.services.aclose()

    # The loop's own

    async def _take(self, line: str) -> None:
        text = line.strip()
        editing, self._editing = self._editing, False
        if text.lower() in LEAVING:
            self.leave()
        elif text.startswith("/") and not text.startswith("//"):
            words = text[1:].split(maxsplit=1) or [""]
            command = self.commands.find("" if text[1:2].isspace() else words[0])
            await command.run(self, "".join(words[1:]).strip())
        elif not text:
            return
        elif editing:
            await self.answer(self.talk.edit(self.folds.unfold(line)))
        else:
            await self.send(line.replace("//", "/", 1) if text.startswith("//") else line)

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        """A mistake of ours or of somebody else must not end the session."""
        try:
            await work
        except LlmchatError as error:
            self.outside.report.error(error)
        except OSError:
            raise  # the terminal is gone
        except Exception as error:
            if self.outside.environ.get("LLMCHAT_DEBUG"):
                raise
            fault = f"a fault of llmchat's own: {type(error).__name__}: {error}"
            self.outside.report.error(
                LlmchatError(fault, hint="the session goes on; LLMCHAT_DEBUG=1 shows where")
            )

    def _conclude(self, error: LlmchatError | None) -> None:
        """What is said below an answer."""
        turn, report = self.talk.turn, self.outside.report
        if turn is None:
            return
        if error is None and turn.finish_reason == "filter":
            error = Filtered("the service's content filter refused", hint="say it in other words")
        if error:
            report.error(error)
        elif turn.state in ("interrupted", "streaming"):
            self.voice.hint("stopped; /continue goes on, /retry asks again")
        elif turn.finish_reason == "length":
            report.notice("the answer ends at the model's length limit; /continue goes on")
        if self.talk.warning:
            report.warning(self.talk.warning)
        if turn.attempts:
            self._count()
        self.present.find_title()
        self.voice.say()

    async def _whole(self, text: str) -> str:
        """The message with its files, whose size is told or refused."""
        whole, told = await self.enclosures.message(self.folds.unfold(text))
        for line in (*told, self._size_notice(whole)):
            if line:
                self.outside.report.notice(line)
        return whole

    def _count(self) -> None:
        turn = self.talk.turn
        assert turn is not None
        self.counted += turn.usage.total_tokens or 0
        self.outside.services.note(turn)
        if self.shows_usage:
            told = (self.present.who(), *told_of(turn))
            self.voice.hint("  ·  ".join(part for part in told if part))

    def _is_untouched(self) -> bool:
        """It was stopped before it began: nothing is kept of it."""
        return self.talk.turn is not None and self.talk.turn.state == "streaming"

    def _take_back(self, text: str) -> None:
        """The question was not sent: it stands in the line again, not in the conversation."""
        if not self._is_untouched() and self.present.last_question():
            self.talk.undo()
        self.draft.text = text + self.draft.text

    def _size_notice(self, text: str) -> str:
        return check_size(
            text,
            model=self.talk.model,
            window=self.outside.services.window(self.present.provider),
            large=self.outside.large_input,
            before=[said.message.text for said in self.talk.branch],
        )

    def _toolbar(self, columns: int) -> str:
        tokens, first, speed = told_of(self.talk.turn)
        count = len(self.enclosures)
        extra = f"+ {count} file{'s' * (count != 1)}" if count else ""
        title = self.present.title or "new conversation"
        return toolbar(Facts(self.present.who(), title, tokens, first, speed, extra), columns)

    def _renderer(self) -> Renderer:
        if self.shows_raw:
            return Plain(self.terminal.screen_file, tty=True)
        return self.outside.renderer()

    def _open_line(self) -> Line:
        line = Line(
            self.terminal,
            history=self.input_history,
            draft=self.draft,
            folds=self.folds,
            completer=SessionCompleter(self),
            toolbar=self._toolbar,
            editor=self._editor,
        )
        line.vi = self.outside.vi
        return line

    def _open_answering(self) -> Answering:
        encoding = (getattr(self.terminal.screen_file, "encoding", "") or "").lower()
        return Answering(
            self._keyboard,
            self.voice,
            self.outside.report,
            renderer=self._renderer,
            utf8="utf" in encoding,
            spins=self.terminal.obeys_sequences,
        )
