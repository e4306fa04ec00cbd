"""Where an answer goes: a terminal, a pipe, a program that reads JSON, a file, a code block."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TextIO

from llmchat.app.run import Run
from llmchat.app.terminal import is_terminal, open_stdout
from llmchat.errors import LlmchatError, NothingFound, UsageError
from llmchat.events import Event
from llmchat.render.clean import clean
from llmchat.render.plain import Plain, write_whole
from llmchat.turn import Turn

if TYPE_CHECKING:
    from llmchat.app.ask import Asked


class Renderer(Protocol):
    async def show(self, events: AsyncIterator[Event]) -> None: ...


class Output(Renderer, Protocol):
    """`begin` when it is known who is asked, `show` while it comes, `end` in any case."""

    def begin(self, turn: Turn) -> None: ...

    def end(self, turn: Turn | None, error: LlmchatError | None) -> None: ...


class Streamed:
    """Shown as it comes, by one of the renderers."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer

    def begin(self, turn: Turn) -> None:
        pass

    async def show(self, events: AsyncIterator[Event]) -> None:
        await self._renderer.show(events)

    def end(self, turn: Turn | None, error: LlmchatError | None) -> None:
        pass


class Collected:
    """Nothing is shown before the end."""

    def begin(self, turn: Turn) -> None:
        pass

    async def show(self, events: AsyncIterator[Event]) -> None:
        async for _ in events:
            pass

    def end(self, turn: Turn | None, error: LlmchatError | None) -> None:
        if turn is not None and error is None:
            self.take(turn.text)

    def take(self, text: str) -> None:
        """The whole answer; it is not called for less."""
        raise TypeError(f"{type(self).__name__} takes nothing")


class ToFile(Collected):
    """`-O FILE`: written whole or not at all."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def take(self, text: str) -> None:
        from llmchat.store.result import write_result  # only for -O

        write_result(self._path, text.rstrip("\n") + "\n")


class CodeOnly(Collected):
    """`-x`: only the N-th code block, or the last one."""

    def __init__(self, stream: TextIO, number: int, *, tty: bool) -> None:
        self._stream = stream
        self._number = number  # -1 is the last
        self._tty = tty

    def take(self, text: str) -> None:
        code = code_block(text, self._number)
        write_whole(self._stream, clean(code) if self._tty else code, tty=self._tty)


class Rendered(Collected):
    """`--markdown` into a pipe: the picture, once it is whole."""

    def __init__(self, run: Run, stream: TextIO) -> None:
        self._run = run
        self._stream = stream

    def take(self, text: str) -> None:
        write_whole(self._stream, self._run.rendered(text, self._stream), tty=False)


def choose_output(run: Run, asked: Asked) -> Output:
    stdout = open_stdout(run.world.stdout)
    tty = is_terminal(stdout)
    if asked.form in ("json", "jsonl"):
        from llmchat.render.machine import Json, Jsonl  # json: 2 ms

        return Json(stdout) if asked.form == "json" else Jsonl(stdout)
    if asked.output:
        return _file_output(Path(asked.output))
    plain = Plain(stdout, tty=tty)
    if asked.extract is not None:
        return CodeOnly(stdout, asked.extract, tty=tty)
    if asked.form == "markdown" and not tty:
        return Rendered(run, stdout)
    if tty and asked.form != "raw" and run.world.environ.get("TERM") != "dumb":
        return Streamed(run.live(stdout))
    return Streamed(plain)


def _file_output(path: Path) -> ToFile:
    """A folder that is not there is told before the question is asked, not after."""
    if path.is_dir() or not path.parent.is_dir():
        what = "is a folder" if path.is_dir() else "is in a folder that does not exist"
        raise UsageError(f"{path} {what}", hint="name a file for -O")
    return ToFile(path)


def code_block(text: str, number: int) -> str:
    from llmchat.render.code import code_blocks  # markdown-it: 30 ms

    blocks = code_blocks(text)
    if not blocks:
        raise NothingFound("the answer has no code block", hint="llmchat history show last")
    if not (number == -1 or 1 <= number <= len(blocks)):
        raise NothingFound(
            f"the answer has {len(blocks)} code block{'s' if len(blocks) > 1 else ''}, no {number}",
            hint="-x 1 is the first, --xl the last",
        )
    return blocks[number if number == -1 else number - 1].text
