"""stderr: notices, errors and the spinner; the only writer there. Foreign text is cleaned and
secrets are masked on the way."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Mapping
from contextlib import aclosing, contextmanager, suppress
from typing import TYPE_CHECKING, TextIO

from llmchat.errors import LlmchatError
from llmchat.render.clean import clean_line
from llmchat.secret import Secret, redact

if TYPE_CHECKING:
    from llmchat.events import Event
    from llmchat.render.terminal.spinner import Spinner


class Report:
    """Writes lines; `tty` allows colour and the spinner, `quiet` leaves errors only."""

    def __init__(
        self,
        stream: TextIO | None,
        *,
        tty: bool = False,
        color: bool = False,
        quiet: bool = False,
        secrets: Callable[[], Iterable[Secret]] = tuple,
        debug: Mapping[str, str] | None = None,
    ) -> None:
        self._stream = stream
        self._tty = tty
        self._color = color
        self._quiet = quiet
        self._secrets = secrets
        self._debug = debug  # the environment, whose secrets a traceback must not show
        self._spinner: Spinner | None = None

    def notice(self, text: str) -> bool:
        """Returns whether it was said."""
        if self._quiet:
            return False
        self._line(self._dim(self.safe(text)))
        return True

    def warning(self, text: str) -> None:
        self._line(self.safe(f"llmchat: {text}"))

    def error(self, error: LlmchatError) -> None:
        """One line of what happened, one of what to do."""
        if self._debug and error.__traceback__:
            from llmchat.render.trace import masked_traceback  # only for LLMCHAT_DEBUG=1

            self._write(masked_traceback(error, self._debug, self._secrets()))
        about = f" (request {error.request_id})" if error.request_id else ""
        wait = f"; try again in {error.retry_after:.0f} s" if error.retry_after else ""
        self._line(self._red(f"llmchat: {self.safe(error.message + wait + about)}"))
        if error.hint:
            self._line(self._dim(f"  {self.safe(error.hint)}"))

    async def with_notices(
        self, events: AsyncGenerator[Event, None], waiting_for: str
    ) -> AsyncGenerator[Event, None]:
        """The same events; notices are written, and a spinner turns until the first character."""
        from llmchat.events import Delta, Fallback, Finish, Image, Notice, Reasoning, Stage

        spinner = self._spinner = self._new_spinner(waiting_for)
        try:
            async with aclosing(events):
                async for event in events:
                    if spinner and isinstance(event, Delta | Reasoning | Image | Finish):
                        await spinner.stop()
                    elif spinner and isinstance(event, Stage):
                        spinner.say(f"{waiting_for}: {event.text}")
                    elif isinstance(event, Notice | Fallback):
                        if spinner:
                            spinner.clear()
                        self.notice(event.text)
                    yield event
        finally:
            self._spinner = None
            if spinner:
                await spinner.stop()

    def _new_spinner(self, waiting_for: str) -> Spinner | None:
        """It turns on a terminal only."""
        if not self._tty or self._quiet:
            return None
        from llmchat.render.terminal.spinner import Spinner  # asyncio: 15 ms

        spinner = Spinner(self._write, waiting_for, utf8=self._utf8())
        spinner.start()
        return spinner

    @contextmanager
    def asking(self) -> Iterator[None]:
        """The spinner leaves its line to a question."""
        spinner = self._spinner
        if spinner:
            spinner.hold()
        yield
        if spinner:
            spinner.held = False

    def safe(self, text: str) -> str:
        """One line for those who write it themselves."""
        return redact(clean_line(text), self._secrets())

    def _line(self, text: str) -> None:
        self._write(text + "\n")

    def _write(self, text: str) -> None:
        """A stderr that is gone must not end an answer."""
        if self._stream is None:
            return
        with suppress(OSError, ValueError):
            encoding = getattr(self._stream, "encoding", None) or "utf-8"
            self._stream.write(text.encode(encoding, "replace").decode(encoding, "replace"))
            self._stream.flush()

    def _utf8(self) -> bool:
        return "utf" in (getattr(self._stream, "encoding", "") or "").lower()

    def _red(self, text: str) -> str:
        return f"\x1b[31m{text}\x1b[0m" if self._color else text

    def _dim(self, text: str) -> str:
        return f"\x1b[2m{text}\x1b[0m" if self._color else text
