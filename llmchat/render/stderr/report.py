"""The only writer of stderr: notices, errors, spinner and progress.

Foreign text is cleaned, and secrets are masked; on a terminal, lines are wrapped to its width.
"""

from __future__ import annotations

from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
    Iterator,
    Mapping,
)
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    ExitStack,
    aclosing,
    asynccontextmanager,
    contextmanager,
    nullcontext,
    suppress,
)
from math import ceil
from typing import TYPE_CHECKING, TextIO, TypeVar

from llmchat.errors import AllFailed, LlmchatError
from llmchat.language import changed, msg, translated
from llmchat.render.clean import clean_line
from llmchat.render.encoding import as_shown
from llmchat.render.fold import hanging
from llmchat.values.progress import Work
from llmchat.values.secret import Secret, redact

if TYPE_CHECKING:
    from llmchat.render.stderr.batch_bar import BatchBar
    from llmchat.render.stderr.spinner import Spinner
    from llmchat.render.terminal.screen import Screen
    from llmchat.values.calls import ToolResult
    from llmchat.values.events import Event

T = TypeVar("T")
Aside = Callable[[], AbstractContextManager[object]]

PREFIX = "llmchat: "
INDENT = 2  # cells before a hint
MOST_SAID = 2_000  # characters; a long text given as a name is quoted in part
COLOURS = {"error": "31", "warning": "33", "dim": "2"}  # SGR


class Report:
    """Writes lines; `tty` allows the spinner and wrapping, `quiet` only errors."""

    def __init__(
        self,
        stream: TextIO | None,
        *,
        tty: bool = False,
        color: bool = False,
        quiet: bool = False,
        secrets: Callable[[], Iterable[Secret]] = tuple,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self._stream = stream
        self._tty = tty
        self._color = color
        self._quiet = quiet
        self._secrets = secrets
        self._environ = environ or {}  # for the secrets to mask in a traceback
        self._spinner: Spinner | None = None

    def notice(self, text: str) -> bool:
        """Prints a notice; returns whether it was printed."""
        if not self._quiet:
            columns = self._columns()
            self._lines(
                hanging("", self._said(text), columns, indent=INDENT, breaks_words=False), "dim"
            )
        return not self._quiet

    def warning(self, text: str) -> None:
        self._message(text, "warning")

    def usage(self, text: str) -> None:
        """Prints the usage of a turn; `quiet` does not hide it, because it was asked for."""
        self._message(text, "dim")

    def error(self, error: LlmchatError) -> None:
        """Prints what happened, and on a separate line what to do."""
        if self._environ.get("LLMCHAT_DEBUG") and error.__traceback__:
            from llmchat.render.stderr.trace import masked_traceback  # only with LLMCHAT_DEBUG=1

            self._write(masked_traceback(error, self._environ, self._secrets()))
        attempts = error.attempts if self._tty and isinstance(error, AllFailed) else []
        message = error.summary if attempts and isinstance(error, AllFailed) else error.message
        self._message(_with_details(message, error), "error")
        for name, reason in attempts:
            first = f"{' ' * len(PREFIX)}{self.safe(name)}: "
            indent = len(PREFIX) + INDENT
            self._lines(hanging(first, self._said(reason), self._columns(), indent=indent))
        if error.hint:
            hint = hanging(" " * INDENT, self._said(error.hint), self._columns(), indent=INDENT)
            self._lines(hint, "dim")

    async def with_notices(
        self,
        events: AsyncGenerator[Event, None],
        waiting_for: str,
        *,
        aside: Aside = nullcontext,
    ) -> AsyncGenerator[Event, None]:
        """Passes the events on; prints notices, in the context of `aside`, and shows a spinner
        until the first character."""
        from llmchat.values.calls import ToolCall, ToolResult
        from llmchat.values.events import (  # 7 ms
            Alert,
            Delta,
            Fallback,
            Finish,
            Image,
            Notice,
            Reasoning,
            Stage,
        )

        # `room` is the answer's room for a spinner in its middle.
        async with self.waiting_for(waiting_for) as spinner, aclosing(events):
            with ExitStack() as room:
                async for event in events:
                    if spinner and isinstance(event, Delta | Reasoning | Image | Finish):
                        await spinner.stop()
                        room.close()
                    elif isinstance(event, ToolCall | ToolResult):
                        if spinner:
                            await spinner.stop()
                            room.close()
                            room.enter_context(aside())
                            spinner.waiting.say(self._said(_wait(waiting_for)))
                            spinner.start()
                        if isinstance(event, ToolResult):
                            self._tell_of(event, spinner, aside)
                    elif isinstance(event, Stage):
                        if spinner:
                            stage = msg("{name}: {stage}", name=waiting_for, stage=event.text)
                            spinner.waiting.say(self._said(stage))
                    elif isinstance(event, Notice | Fallback):
                        say = self.warning if isinstance(event, Alert) else self.notice
                        self._say_aside(event.text, spinner, aside, say)
                        if spinner and isinstance(event, Fallback):
                            spinner.waiting.say(self._said(_wait(event.provider)))
                    yield event

    def _tell_of(self, result: ToolResult, spinner: Spinner | None, aside: Aside) -> None:
        from llmchat.render.tools.calls import call_line  # only with tool calls

        self._say_aside(call_line(result), spinner, aside, self.notice)

    def _say_aside(
        self, text: str, spinner: Spinner | None, aside: Aside, say: Callable[[str], object]
    ) -> None:
        if spinner:
            spinner.clear()
        with aside():
            say(text)

    def waiting_for(self, name: str) -> AbstractAsyncContextManager[Spinner | None]:
        """Shows a spinner with the name of who is waited for; prints nothing for a pipe."""
        return self.waiting(_wait(name) if self._tty else name)

    @asynccontextmanager
    async def waiting(self, text: str) -> AsyncIterator[Spinner | None]:
        """Shows a spinner with `text` and the seconds, on a terminal."""
        if not self._tty or self._quiet:
            yield None
            return
        from llmchat.render.stderr.spinner import Spinner, Waiting  # asyncio: 15 ms

        waiting = Waiting(self._said(text), utf8=self._utf8())
        spinner = self._spinner = Spinner(self._write, waiting, columns=self._columns)
        spinner.start()
        try:
            yield spinner
        finally:
            self._spinner = None
            await spinner.stop()

    async def during(self, text: str, work: Awaitable[T]) -> T:
        """The result of `work`, showing a spinner with `text` meanwhile."""
        async with self.waiting(text):
            return await work

    @contextmanager
    def work(self, text: str) -> Iterator[Work]:
        """Shows the progress of work, on a terminal and if it takes longer than a moment."""
        if self._stream is None or not self._tty or self._quiet:
            yield Work()
            return
        from llmchat.render.stderr.progress import ShownWork

        shown = ShownWork(self._said(text), self._screen(self._stream))
        try:
            yield shown
        finally:
            shown.close()

    @contextmanager
    def batch_bar(self, *, shown: bool) -> Iterator[BatchBar | None]:
        """The progress bar of a batch, on a terminal."""
        if self._stream is None or not (shown and self._tty) or self._quiet:
            yield None
            return
        from llmchat.render.stderr.batch_bar import BatchBar  # only for a batch

        bar = BatchBar(self._screen(self._stream))
        try:
            yield bar
        finally:
            bar.hide()

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Hides the spinner while a question is asked."""
        spinner = self._spinner
        if spinner:
            spinner.hold()
        yield
        if spinner:
            spinner.held = False

    def safe(self, text: str) -> str:
        """A text cleaned and masked, on one line, for callers that write it themselves; a message
        stays a message."""
        return changed(text, self._cleaned)

    def _said(self, text: str) -> str:
        """As it is written here: in the person's language, in characters that stderr has."""
        said = self._cleaned(translated(text))
        return said if said.isascii() else as_shown(said, self._encoding)

    def _cleaned(self, text: str) -> str:
        return redact(clean_line(text), self._secrets())

    @property
    def _encoding(self) -> str:
        return getattr(self._stream, "encoding", None) or "utf-8"

    def rows(self, lines: Iterable[str]) -> None:
        """Prints the lines of a question, even with `quiet`."""
        columns = self._columns()
        for line in map(self._said, lines):
            lead = " " * (len(line) - len(line.lstrip()))
            self._lines(hanging(lead, line.lstrip(), columns, indent=len(lead) + 4))

    def drawn(self, lines: str) -> None:
        """Prints lines that a renderer has made for this stream, cleaned and wrapped."""
        self._write(lines)

    def question(self, text: str) -> None:
        """Prints a question; the answer is typed on the same line."""
        lines = hanging("", self._said(text).rstrip(), self._columns(), indent=0)
        self._write("\n".join(lines) + " ")

    def _message(self, text: str, style: str) -> None:
        """Prints a message; only the prefix is coloured, and the text has a hanging indent."""
        said = _shortened(self._said(text))
        first, *rest = hanging(PREFIX, said, self._columns(), indent=len(PREFIX))
        self._lines([self._styled(PREFIX.rstrip(), style) + first[len(PREFIX) - 1 :], *rest])

    def _lines(self, lines: Iterable[str], style: str = "") -> None:
        self._write("".join([self._styled(line, style) + "\n" for line in lines]))

    def _styled(self, text: str, style: str) -> str:
        return f"\x1b[{COLOURS[style]}m{text}\x1b[0m" if self._color and style else text

    def _columns(self) -> int:
        """The width for wrapping; 0 for none."""
        if self._stream is None or not self._tty:
            return 0
        return self._screen(self._stream).size()[0]

    def _screen(self, stream: TextIO) -> Screen:
        from llmchat.render.terminal.screen import screen_for  # only for a terminal

        return screen_for(stream, self._environ, colour=self._color)

    def _write(self, text: str) -> None:
        """Writes; a closed stderr must not end an answer."""
        if self._stream is None:
            return
        with suppress(OSError, ValueError):
            self._stream.write(as_shown(text, self._encoding))
            self._stream.flush()

    def _utf8(self) -> bool:
        return "utf" in (getattr(self._stream, "encoding", "") or "").lower()


def _wait(name: str) -> str:
    return msg("waiting for {name}", name=name)


def _shortened(text: str) -> str:
    """A long text without its middle, as the beginning and the end say what happened."""
    if len(text) <= MOST_SAID:
        return text
    half = MOST_SAID // 2
    return f"{text[:half]} ... {text[-half:]}"


def _with_details(message: str, error: LlmchatError) -> str:
    """Adds when to try again, and the request id to report to the service."""
    if error.retry_after:
        # Rounded up, because an earlier request would be refused again.
        seconds = ceil(error.retry_after)
        message = msg("{message}; try again in {s:.0f} s", message=message, s=seconds)
    if error.request_id:
        message = msg("{message} (request {id})", message=message, id=error.request_id)
    return message
