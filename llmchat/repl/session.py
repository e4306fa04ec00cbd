"""The session: reads a line, does what it says, shows the answer, until the person leaves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable
from typing import TypeVar

from prompt_toolkit.application import run_in_terminal

from llmchat.conversation import Conversation
from llmchat.errors import Filtered, LlmchatError, NothingFound, UsageError
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
from llmchat.repl.line import SIGN, Line
from llmchat.repl.outside import Outside, Renderer
from llmchat.repl.terminal import Terminal
from llmchat.repl.toolbar import Facts, told_of, toolbar
from llmchat.repl.tree import cut
from llmchat.repl.voice import Voice
from llmchat.store.rows import ConversationRow
from llmchat.store.turns import title_of

T = TypeVar("T")
EDIT_SIGN = "edit> "


class Session:
    """One person at one terminal. The commands are its other half: they use what is public."""

    def __init__(self, outside: Outside, terminal: Terminal) -> None:
        self.outside = outside
        self.terminal = terminal
        self.commands = all_commands()
        self.voice = Voice(terminal.screen_file, color=terminal.color)
        self.folds = Folds()
        self.clipboard = Clipboard(outside.environ, self.voice.exact)
        self.enclosures = Enclosures(
            cwd=outside.cwd, home=outside.home, limit=outside.max_input, fetch=outside.fetch
        )
        self.provider = outside.provider
        self.talk = self._new_conversation(outside.model)
        self.title = ""
        self.counted = 0  # tokens, as far as the services told
        self.shows_raw = False
        self.shows_usage = outside.usage
        self.draft = Draft(outside.drafts, self.talk.id, unfold=self.folds.unfold)
        self._editor = Editor(outside.environ, terminal, run_in_terminal)
        self.input_history = InputHistory(outside.input_history, self.folds)
        self.line = self._open_line()
        self._keyboard = Keyboard(terminal, self.draft, self.folds)
        self._answering = self._open_answering()
        self._editing = False  # the next line replaces the last question
        self._leaving = False
        self._answers = False
        outside.services.ask_with(self.consents)

    async def run(self, text: str = "", attachments: tuple[Attachment, ...] = ()) -> None:
        """`text` is said first, as if it had been typed."""
        if text or attachments:
            self.voice.say(SIGN + self.one_line(text))
            self.enclosures.attachments += attachments
            await self._guarded(self.send(text))
        while not self._leaving:
            line = await self.line.read(
                self.draft.text.rstrip("\n"), sign=EDIT_SIGN if self._editing else SIGN
            )
            if line is None:
                return
            self.draft.text = ""
            await self._guarded(self._take(line))

    # What commands and the program around use

    def leave(self) -> None:
        self._leaving = True

    async def send(self, text: str) -> None:
        """A question, with what goes along; what is refused before it leaves comes back."""
        text = self.folds.unfold(text)
        whole, told = await self.enclosures.message(text)
        for line in (*told, self._size_notice(whole)):
            if line:
                self.outside.report.notice(line)
        attachments = self.enclosures.attachments
        sources = self.enclosures.sources
        self.enclosures.clear()
        error = await self.answer(self.talk.send(whole, attachments=attachments))
        if isinstance(error, UsageError) or self._is_untouched():
            self.enclosures.sources, self.enclosures.attachments = sources, attachments
            self._take_back(text)

    async def answer(self, events: AsyncGenerator[Event, None]) -> LlmchatError | None:
        """Shows the answer of the turn that has just begun."""
        self.voice.say()
        self._answers = True
        try:
            error = await self._answering.show(events, waiting_for=self.who())
        finally:
            self._answers = False
        self._conclude(error)
        return error

    async def consents(self, question: str) -> bool:
        return await self._answering.consents(question)

    async def while_listening(self, work: Awaitable[T]) -> T | None:
        """The result, or None when Ctrl-C or Escape stops it."""
        task = asyncio.ensure_future(work)
        self._answers = True
        try:
            with self._keyboard.listening(task.cancel):
                await asyncio.wait({task})
        finally:
            self._answers = False
            if not task.done():
                task.cancel()
        return None if task.cancelled() else task.result()

    def ask_from(self, provider: str, model: str) -> None:
        """Another provider or model from the next question on; the history goes along."""
        choice = self.outside.services.choose(provider, model)
        self.provider = provider
        self.talk.provider = choice.answerer
        self.talk.provider_name = choice.answerer.id
        self.talk.model = choice.model
        self.voice.hint(f"{self.who()} answers from now on")

    def begin_new(self) -> None:
        """The conversation before stays where it is kept."""
        self.talk = self._new_conversation(self.talk.model)
        self.entered()

    def go_on_with(self, row: ConversationRow) -> None:
        self.adopt(row)
        where = f"going on with {row.id}: {row.title} ({row.messages} messages)"
        self.voice.hint(cut(clean_line(where), self.terminal.columns))

    def adopt(self, row: ConversationRow) -> None:
        """The conversation that is the present one from now on."""
        if self.outside.history is None:
            raise NothingFound("nothing is kept in this session", hint="start without --no-save")
        self.talk = Conversation.resume(
            self.outside.history,
            row,
            self.talk.provider,
            provider_name=self.talk.provider_name,
            model=self.talk.model,
            system=self.outside.system,
            stream=self.talk.stream,
            ticks=self.outside.ticks,
        )
        self.entered()

    def entered(self) -> None:
        """Another conversation is the present one."""
        self.draft.conversation = self.talk.id
        self.title = ""
        self._find_title()

    def edit_next(self, question: str) -> None:
        self._editing = True
        self.type_next(self.folds.fold(question, room=10))

    def type_next(self, text: str) -> None:
        """Into the next line, behind what is there."""
        self.draft.text += text

    def is_kept(self) -> bool:
        """Whether the present conversation is in the history."""
        return self.outside.history is not None and self._row() is not None

    def last_question(self) -> str:
        said = (s.message.text for s in reversed(self.talk.branch) if s.message.role == "user")
        return next(said, "")

    def last_answer(self) -> str:
        said = (s.message.text for s in reversed(self.talk.branch) if s.message.role != "user")
        text = next((text for text in said if text), "")
        if not text:
            raise NothingFound("there is no answer yet", hint="ask something first")
        return text

    def who(self) -> str:
        """Provider and model, as far as they are known."""
        turn = self.talk.turn
        if turn and turn.model and turn.provider == self.talk.provider_name and not self.talk.model:
            return f"{turn.provider}/{turn.model}"
        return "/".join(part for part in (self.talk.provider_name, self.talk.model) if part)

    def one_line(self, text: str) -> str:
        return cut(" ".join(clean_line(text[:2000]).split()), max(20, self.terminal.columns - 25))

    async def close(self) -> None:
        await self.outside.services.aclose()

    def interrupt(self) -> None:
        """A SIGINT: Ctrl-C for whoever has the keys now; an open editor has its own."""
        if self._editor.is_open:
            return
        if self._answers:
            self._keyboard.interrupt()
        else:
            self.line.press_interrupt()

    # The loop's own

    async def _take(self, line: str) -> None:
        text = line.strip()
        editing, self._editing = self._editing, False
        if text.lower() in LEAVING:
            self.leave()
        elif text.startswith("/") and not text.startswith("//"):
            name, _, rest = text[1:].partition(" ")
            await self.commands.find(name.split("\n")[0]).run(self, rest.strip())
        elif not text:
            return
        elif editing:
            await self.answer(self.talk.edit(self.folds.unfold(line)))
        else:
            await self.send(line.replace("//", "/", 1) if text.startswith("//") else line)

    async def _guarded(self, work: Awaitable[None]) -> None:
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
        turn = self.talk.turn
        report = self.outside.report
        if error is None and turn and turn.finish_reason == "filter":
            error = Filtered("the service's content filter refused", hint="say it in other words")
        if error:
            report.error(error)
        elif turn and turn.state in ("interrupted", "streaming"):
            self.voice.hint("stopped; /continue goes on, /retry asks again")
        elif turn and turn.finish_reason == "length":
            report.notice("the answer ends at the model's length limit; /continue goes on")
        if self.talk.warning:
            report.warning(self.talk.warning)
        if turn and turn.state != "streaming":
            self._count()
        self._find_title()
        self.voice.say()

    def _count(self) -> None:
        turn = self.talk.turn
        if turn is None:
            return
        self.counted += turn.usage.total_tokens or 0
        self.outside.services.note(turn)
        if self.shows_usage:
            self.voice.hint("  ·  ".join(part for part in (self.who(), *told_of(turn)) if part))

    def _is_untouched(self) -> bool:
        """It was stopped before it began: nothing is kept of it."""
        return self.talk.turn is not None and self.talk.turn.state == "streaming"

    def _take_back(self, text: str) -> None:
        """The question was not sent: it stands in the line again, and not in the conversation."""
        if not self._is_untouched() and self.last_question():
            self.talk.undo()
        self.draft.text = self.folds.fold(text) + self.draft.text

    def _size_notice(self, text: str) -> str:
        return check_size(
            text,
            model=self.talk.model,
            window=self.outside.services.window(self.provider),
            large=self.outside.large_input,
        )

    def _find_title(self) -> None:
        row = self._row() if self.talk.branch else None
        first = next((s.message.text for s in self.talk.branch), "")
        self.title = row.title if row else title_of(first)

    def _row(self) -> ConversationRow | None:
        if self.outside.history is None:
            return None
        try:
            return self.outside.history.find(self.talk.id)
        except LlmchatError:
            return None

    def _toolbar(self, columns: int) -> str:
        tokens, first, speed = told_of(self.talk.turn)
        extra = f"+ {len(self.enclosures)} files" if len(self.enclosures) else ""
        title = self.title or "new conversation"
        return toolbar(Facts(self.who(), title, tokens, first, speed, extra), columns)

    def _renderer(self) -> Renderer:
        if self.shows_raw:
            return Plain(self.terminal.screen_file, tty=True)
        return self.outside.renderer()

    def _new_conversation(self, model: str) -> Conversation:
        outside = self.outside
        before = getattr(self, "talk", None)
        answerer = before.provider if before else None
        choice = outside.services.choose(self.provider, model) if answerer is None else None
        return Conversation(
            choice.answerer if choice else answerer,  # type: ignore[arg-type]  # one of them is there
            outside.history,
            provider_name=choice.answerer.id if choice else before.provider_name,  # type: ignore[union-attr]  # as above
            model=choice.model if choice else model,
            system=outside.system,
            stream=outside.stream,
            ticks=outside.ticks,
        )

    def _open_line(self) -> Line:
        line = Line(
            self.terminal,
            history=self.input_history,
            draft=self.draft,
            folds=self.folds,
            completer=SessionCompleter(self),
            toolbar=self._toolbar,
            editor=self._editor,
            dumb=self.outside.environ.get("TERM") in ("dumb", "unknown", ""),
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
            spins=self.outside.environ.get("TERM") != "dumb",
        )
