"""One answer on the screen: a spinner, the picture, and keys that stop it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import AbstractContextManager, aclosing, contextmanager, nullcontext

from llmchat.errors import LlmchatError
from llmchat.events import Delta, Event, Fallback, Finish, Image, Notice, Reasoning, Stage
from llmchat.render.renderer import Renderer
from llmchat.render.report import Report
from llmchat.render.terminal.spinner import Spinner
from llmchat.repl.input.keyboard import Keyboard
from llmchat.repl.output import SessionOutput

Events = AsyncGenerator[Event, None]


class AnswerDisplay:
    """Shows answers one after the other; `utf8` chooses the spinner's picture."""

    def __init__(
        self,
        keyboard: Keyboard,
        output: SessionOutput,
        report: Report,
        *,
        renderer: Callable[[], Renderer],
        utf8: bool,
        spins: bool = True,
    ) -> None:
        self._keyboard = keyboard
        self._output = output
        self._report = report
        self._renderer = renderer
        self._utf8 = utf8
        self._spins = spins
        self._spinner: Spinner | None = None
        self._waiting_for = ""
        self._shown: Renderer | None = None

    async def show(self, events: Events, *, waiting_for: str) -> LlmchatError | None:
        """Shows the answer until it ends, fails (the error is returned) or is stopped."""
        self._waiting_for = waiting_for
        self._shown = self._renderer()
        try:
            return await self._until_stopped(asyncio.ensure_future(self._drawn(events)))
        finally:
            self._shown = None

    async def consents(self, question: str) -> bool:
        """Asks in the middle of it, or between two lines."""
        spun = await self._stop_spinner()
        with self._aside():
            self._output.exact(f"{self._output.safe(question)} [y/N] ")
            if self._shown:
                agreed = await self._keyboard.consents()
            else:
                agreed = await self._alone()
            self._output.say("yes" if agreed else "no")
        if spun:
            self._start_spinner()
        return agreed

    async def _alone(self) -> bool:
        task = asyncio.ensure_future(self._keyboard.consents())
        with self._keyboard.listening(lambda: None):
            return await task

    async def _until_stopped(self, task: asyncio.Future[None]) -> LlmchatError | None:
        with self._keyboard.listening(_once(task.cancel), self._suspend):
            try:
                await asyncio.wait({task})
            finally:  # a signal ends the session: the answer is kept before
                if not task.done():
                    task.cancel()
                    await asyncio.wait({task})
        if task.cancelled():
            return None
        error = task.exception()
        if error is None or isinstance(error, LlmchatError):
            return error
        raise error

    async def _drawn(self, events: Events) -> None:
        assert self._shown is not None
        self._start_spinner()
        try:
            async with aclosing(self._without_notices(events)) as rest:
                await self._shown.show(rest)
        finally:
            await self._stop_spinner()

    async def _without_notices(self, events: Events) -> Events:
        async with aclosing(events):
            async for event in events:
                if isinstance(event, Delta | Reasoning | Image | Finish):
                    await self._stop_spinner()
                elif isinstance(event, Stage):
                    self._say_stage(event.text)
                elif isinstance(event, Notice | Fallback):
                    await self._note(event)
                yield event

    async def _note(self, event: Notice | Fallback) -> None:
        spun = await self._stop_spinner()
        if isinstance(event, Fallback):
            self._waiting_for = event.provider
        with self._aside():
            self._report.notice(event.text)
        if spun:
            self._start_spinner()

    def _say_stage(self, text: str) -> None:
        if self._spinner:
            self._spinner.say(f"{self._waiting_for}: {text} · Ctrl-C stops")

    def _start_spinner(self) -> None:
        if self._spins:
            text = f"{self._waiting_for} · Ctrl-C stops"
            self._spinner = Spinner(self._output.exact, text, utf8=self._utf8)
            self._spinner.start()

    async def _stop_spinner(self) -> bool:
        spinner, self._spinner = self._spinner, None
        if spinner:
            await spinner.stop()
        return spinner is not None

    @contextmanager
    def _aside(self) -> Iterator[None]:
        """Full lines between the rows of the picture."""
        aside = getattr(self._shown, "aside", nullcontext)
        context: AbstractContextManager[object] = aside()
        with context:
            yield

    def _suspend(self, work: Callable[[], None]) -> None:
        if self._spinner:
            self._spinner.clear()
        with self._aside():
            work()


def _once(work: Callable[[], object]) -> Callable[[], None]:
    """A second Ctrl-C must not disturb the keeping of what came."""
    left = [work]

    def first() -> None:
        if left:
            left.pop()()

    return first
