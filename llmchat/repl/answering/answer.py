"""Shows one answer in the session: the wait, the answer, typing ahead, and the keys that stop
it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import AbstractContextManager, aclosing, contextmanager, nullcontext

from llmchat.errors import LlmchatError
from llmchat.language import msg
from llmchat.render.plain import Renderer
from llmchat.render.stderr.report import Report
from llmchat.render.stderr.spinner import Spinner
from llmchat.render.tools.calls import call_line
from llmchat.repl.answering.footer import Footer
from llmchat.repl.input.keyboard import Keyboard
from llmchat.repl.output import SessionOutput
from llmchat.values.calls import ToolCall, ToolResult
from llmchat.values.events import (
    Alert,
    Delta,
    Event,
    Fallback,
    Finish,
    Image,
    Notice,
    Reasoning,
    Stage,
)

Events = AsyncGenerator[Event, None]


class AnswerDisplay:
    """Shows answers, one after the other. `renderer` draws the footer, or says that it cannot: then
    a spinner turns until the first character."""

    def __init__(
        self,
        keyboard: Keyboard,
        output: SessionOutput,
        report: Report,
        *,
        footer: Callable[[str], Footer],
        renderer: Callable[[Footer], Renderer],
        spinner: Callable[[Footer], Spinner | None],
    ) -> None:
        self._keyboard = keyboard
        self._output = output
        self._report = report
        self._new_footer = footer
        self._renderer = renderer
        self._new_spinner = spinner
        self._spinner: Spinner | None = None
        self._shown: Renderer | None = None

    async def show(self, events: Events, *, waiting_for: str) -> LlmchatError | None:
        """Shows an answer until it ends, is stopped, or fails; returns the error if it failed."""
        footer = self._new_footer(waiting_for)
        self._shown, self._spinner = self._renderer(footer), self._new_spinner(footer)
        try:
            return await self._until_stopped(asyncio.ensure_future(self._drawn(events, footer)))
        finally:
            self._shown = self._spinner = None

    async def consents(self, question: str) -> bool:
        """Asks a yes-or-no question, during an answer or between two lines."""
        with self.aside():
            self._output.ask(msg("{question} [y/N]", question=question))
            listening = nullcontext() if self._shown else self._keyboard.listening(lambda: None)
            with listening, self._line_ended():
                agreed = await self._keyboard.consents()
            self._output.say(msg("yes") if agreed else msg("no"))
        return agreed

    @contextmanager
    def _line_ended(self) -> Iterator[None]:
        """Moves to a new line when the context ends, because Ctrl-C leaves the cursor after the
        question."""
        try:
            yield
        except asyncio.CancelledError:
            self._output.say()
            raise

    async def _until_stopped(self, task: asyncio.Future[None]) -> LlmchatError | None:
        with self._keyboard.listening(_once(task.cancel), self.aside):
            try:
                await asyncio.wait({task})
            finally:  # when a signal ends the session, the answer is saved first
                if not task.done():
                    task.cancel()
                    await asyncio.wait({task})
        if task.cancelled():
            return None
        error = task.exception()
        if error is None or isinstance(error, LlmchatError):
            return error
        raise error

    async def _drawn(self, events: Events, footer: Footer) -> None:
        assert self._shown is not None
        if self._spinner:
            self._spinner.start()
        try:
            async with aclosing(self._watched(events, footer)) as rest:
                await self._shown.show(rest)
        except KeyboardInterrupt:  # of a program that had the keyboard, such as a login tool
            raise asyncio.CancelledError from None
        finally:
            await self._stop_spinner()

    async def _watched(self, events: Events, footer: Footer) -> Events:
        """Passes the events through, updating the footer and printing notices."""
        async with aclosing(events):
            async for event in events:
                if isinstance(event, Delta | Reasoning | Image | Finish):
                    footer.say_answering()
                    await self._stop_spinner()
                elif isinstance(event, Stage):
                    footer.say_stage(event.text)
                elif isinstance(event, Notice | Fallback):
                    self._tell(event.text, alerts=isinstance(event, Alert))
                elif isinstance(event, ToolCall):
                    footer.wait_for(footer.who)
                elif isinstance(event, ToolResult):
                    self._tell(call_line(event))
                    footer.wait_for(footer.who)
                if isinstance(event, Fallback):
                    footer.wait_for(event.provider)
                yield event

    def _tell(self, line: str, *, alerts: bool = False) -> None:
        with self.aside():
            (self._report.warning if alerts else self._report.notice)(line)

    async def _stop_spinner(self) -> None:
        if self._spinner:
            await self._spinner.stop()

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Lets whole lines be printed between the rows of the live display."""
        aside = getattr(self._shown, "aside", nullcontext)
        context: AbstractContextManager[object] = aside()
        if self._spinner:
            self._spinner.hold()
        with context:
            yield
        if self._spinner:
            self._spinner.held = False


def _once(work: Callable[[], object]) -> Callable[[], None]:
    """Runs `work` only the first time, so that a second Ctrl-C cannot disturb saving the answer."""
    left = [work]

    def first() -> None:
        if left:
            left.pop()()

    return first
