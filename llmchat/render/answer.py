"""Draws one answer on a terminal, at most twelve times a second.

The drawing code is imported while the service works, so that the request is sent as early as with a
pipe; and module by module, so that an answer that comes at once waits only for what its first row
needs.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import TYPE_CHECKING

from llmchat.render.plain import close
from llmchat.render.reasoning import ReasoningWriter, Thoughts
from llmchat.render.stderr.spinner import QUIET_START
from llmchat.render.terminal.screen import Screen
from llmchat.settings.keys import THEMES
from llmchat.system.idle import while_waiting
from llmchat.system.tasks import end_task
from llmchat.values.calls import ToolCall
from llmchat.values.events import Delta, Event, Reasoning

if TYPE_CHECKING:
    from llmchat.render.terminal.live import Footer, LiveMarkdown

# Modules in the order in which an answer needs them, with import times in ms on a quiet machine.
DRAWING = (
    "rich.console",  # 40
    "llmchat.render.terminal.live",  # 20
    "llmchat.render.markdown.parser",  # 30
    "llmchat.render.markdown.highlight",  # 20
)
BETWEEN = 0.005  # seconds between two imports; enough to read what has arrived

FRAME = 1 / 12  # seconds; the eye does not need more, and a terminal over SSH cannot draw more


class TerminalAnswer:
    """Shows one answer; `reasoning` is where the model's reasoning goes, None hides it; a `footer`
    returns its lines for each frame."""

    def __init__(
        self,
        screen: Screen,
        *,
        theme: str = "auto",
        reasoning: Thoughts | None = None,
        footer: Footer | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._screen, self._theme = screen, theme
        self._thoughts = ReasoningWriter(reasoning) if reasoning is not None else None
        self._footer = footer
        self._thinks_here = bool(footer and reasoning and reasoning.stream.isatty())
        self._sleep = sleep
        self._held = False  # whether others are using the terminal
        self._dirty = asyncio.Event()
        # Set while waiting for the service, with nothing else to do.
        self._waiting = asyncio.Event()
        self._loaded: LiveMarkdown | None = None
        if theme not in THEMES:
            self._load()  # raises for a wrong theme file before anything is asked

    async def show(self, events: AsyncIterator[Event]) -> None:
        clock = asyncio.create_task(self._draw_on_clock())
        loading = asyncio.create_task(self._load_all())
        try:
            with while_waiting(self._waiting.set):
                async for event in events:
                    if clock.done():
                        clock.result()
                    self._take(event)
        except BaseException:
            if self._loaded:
                self._loaded.invalidate()
            raise
        finally:
            loading.cancel()
            await end_task(clock, OSError)
            try:
                await close(events)
            finally:
                self._end()

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Lets others write whole lines to the terminal in the block: notices, warnings."""
        if self._loaded:
            self._loaded.leave()
        before, self._held = self._held, True
        yield
        self._held = before
        self._dirty.set()

    def _load(self) -> LiveMarkdown:
        if self._loaded is None:
            from llmchat.render.terminal.live import LiveMarkdown

            self._loaded = LiveMarkdown(self._screen, self._theme, footer=self._footer)
            self._loaded.start()
        return self._loaded

    async def _load_all(self) -> None:
        await self._waiting.wait()
        for module in DRAWING:
            import_module(module)
            await asyncio.sleep(BETWEEN)

    async def _draw_on_clock(self) -> None:
        if self._footer:
            await self._something_new(QUIET_START)
        while True:
            if self._footer:  # it shows seconds and typed text
                await self._something_new(FRAME)
            else:
                await self._dirty.wait()
            self._dirty.clear()
            if not self._held:
                self._load().frame()
            await self._sleep(FRAME)

    async def _something_new(self, patience: float) -> None:
        with suppress(TimeoutError):
            # `wait_for` of Python 3.11 may swallow a cancellation.
            async with asyncio.timeout(patience):
                await self._dirty.wait()

    def _take(self, event: Event) -> None:
        if isinstance(event, Delta) and event.text:
            if self._thoughts is not None:
                self._thoughts.end()
            self._load().feed(event.text)
            self._dirty.set()
        elif isinstance(event, Reasoning) and self._thinks_here:
            self._load().think(event.text)
            self._dirty.set()
        elif isinstance(event, Reasoning) and self._thoughts is not None:
            self._dirty.clear()
            if self._loaded:
                self._loaded.leave()
            self._thoughts.say(event.text)
        elif isinstance(event, ToolCall):  # what follows is a new paragraph
            self._end()

    def _end(self) -> None:
        """Settles what was drawn; what follows begins below it."""
        if self._thoughts is not None:
            self._thoughts.end()
        drawn, self._loaded = self._loaded, None
        if drawn:
            drawn.end()
            drawn.stop()
