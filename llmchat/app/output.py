"""Where an answer goes: a terminal, a pipe, a program that reads JSON, a file, a code block."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TextIO

from llmchat.app.context import Context
from llmchat.app.pictures import is_picture_name
from llmchat.app.streams import is_terminal, open_stdout
from llmchat.errors import LlmchatError, NothingFound, UsageError
from llmchat.events import Event
from llmchat.render.clean import clean
from llmchat.render.plain import Plain, write_whole
from llmchat.render.reasoning import show_reasoning
from llmchat.turn import Turn

if TYPE_CHECKING:
    from llmchat.app.ask import AskOptions
    from llmchat.render.json import JsonAnswer, JsonEvents

Shape = Callable[[str], str]
Put = Callable[[str], None]


class Renderer(Protocol):
    async def show(self, events: AsyncIterator[Event]) -> None: ...


class Output(Renderer, Protocol):
    """`begin` when it is known who is asked, `show` while it comes, `end` in any case."""

    def begin(self, turn: Turn) -> None: ...

    def end(self, turn: Turn | None, error: LlmchatError | None) -> None: ...


class Streamed:
    """Shown as it comes, by one of the renderers; `thoughts` is where the reasoning goes that the
    renderer does not show itself."""

    def __init__(self, renderer: Renderer, *, thoughts: TextIO | None = None) -> None:
        self._renderer = renderer
        self._thoughts = thoughts

    def begin(self, turn: Turn) -> None:
        pass

    async def show(self, events: AsyncIterator[Event]) -> None:
        async with aclosing(show_reasoning(events, self._thoughts)) as told:
            await self._renderer.show(told)

    def end(self, turn: Turn | None, error: LlmchatError | None) -> None:
        pass


class Collected:
    """Nothing is shown before the end; then what is wanted of the answer goes to its place."""

    def __init__(self, shape: Shape, put: Put, *, thoughts: TextIO | None) -> None:
        self._shape = shape
        self._put = put
        self._thoughts = thoughts

    def begin(self, turn: Turn) -> None:
        pass

    async def show(self, events: AsyncIterator[Event]) -> None:
        async with aclosing(show_reasoning(events, self._thoughts)) as told:
            async for _ in told:
                pass

    def end(self, turn: Turn | None, error: LlmchatError | None) -> None:
        if turn is not None and error is None:
            self._put(self._shape(turn.text_with_pictures))


class ForPrograms:
    """`--json` and `--jsonl`: their `text` is what is wanted of the answer, a file gets it too."""

    def __init__(self, machine: JsonAnswer | JsonEvents, shape: Shape, put: Put | None) -> None:
        self._machine = machine
        self._shape = shape
        self._put = put

    def begin(self, turn: Turn) -> None:
        self._machine.begin(turn)

    async def show(self, events: AsyncIterator[Event]) -> None:
        await self._machine.show(events)

    def end(self, turn: Turn | None, error: LlmchatError | None) -> None:
        """The object comes last, so that it can tell of a file that was not written."""
        text, failed = None, error
        if turn is not None and error is None:
            try:
                text = self._shape(turn.text)
                if self._put:
                    self._put(self._shape(turn.text_with_pictures))
            except LlmchatError as trouble:
                failed = trouble
        self._machine.end(turn, failed, text=text)
        if failed is not error and failed is not None:
            raise failed


def choose_output(context: Context, asked: AskOptions) -> Output:
    stdout = open_stdout(context.world.stdout)
    tty = is_terminal(stdout)
    drawn = is_picture_name(asked.output)  # then -O names the picture, and the words come here
    into = checked_place(context.world.cwd / asked.output) if asked.output else None
    put = _into_file(into) if into and not drawn else None
    shape = _shape(context, asked, tty=tty)
    if asked.form in ("json", "jsonl"):
        from llmchat.render.json import JsonAnswer, JsonEvents  # json: 2 ms

        machine = JsonAnswer(stdout) if asked.form == "json" else JsonEvents(stdout)
        return ForPrograms(machine, shape or str, put)
    if put:
        return Collected(shape or str, put, thoughts=context.thoughts)
    if shape:
        return Collected(
            shape, lambda text: _print(stdout, text, tty=tty), thoughts=context.thoughts
        )
    if tty and asked.form != "raw" and context.world.environ.get("TERM") != "dumb":
        return Streamed(with_pictures(context, context.live(stdout), stdout))
    plain = Plain(stdout, tty=tty, whole=not context.settings.enabled("stream"))
    return Streamed(plain, thoughts=context.thoughts)


def _shape(context: Context, asked: AskOptions, *, tty: bool) -> Shape | None:
    """What is wanted instead of the answer as it came."""
    number = asked.extract
    if number is not None:
        return lambda text: code_block(text, number)
    if asked.form == "markdown" and (asked.output or not tty):
        return lambda text: context.rendered(text, context.world.stdout)
    return None


def _print(stdout: TextIO, text: str, *, tty: bool) -> None:
    write_whole(stdout, _ended(clean(text) if tty else text), tty=tty)


def with_pictures(context: Context, renderer: Renderer, stream: TextIO) -> Renderer:
    """The same renderer in a terminal that is known to show pictures as well."""
    from llmchat.render.terminal.images import WithPictures, protocol_of

    chosen = context.settings.text("show_pictures")
    protocol = protocol_of(context.world.environ, chosen)
    if not protocol:
        return renderer
    screen = context.screen(stream)
    return WithPictures(renderer, stream, protocol, lambda: screen.size()[0])


def checked_place(path: Path) -> Path:
    """The file of -O. A folder that is not there is told before the question is asked, not
    after."""
    if path.is_dir() or not path.parent.is_dir():
        what = "is a folder" if path.is_dir() else "is in a folder that does not exist"
        raise UsageError(f"{path} {what}", hint="name a file for -O")
    return path


def _into_file(path: Path) -> Put:
    """Written whole or not at all."""

    def put(text: str) -> None:
        from llmchat.store.atomic import write_result  # only for -O

        write_result(path, _ended(text))

    return put


def _ended(text: str) -> str:
    """With exactly one newline at its end; nothing stays nothing."""
    body = text.rstrip("\n")
    return body + "\n" if body else ""


def code_block(text: str, number: int) -> str:
    from llmchat.render.markdown.code_blocks import code_blocks  # re, dataclasses: 15 ms

    blocks = code_blocks(text)
    if not blocks:
        raise NothingFound("the answer has no code block", hint="llmchat history show last")
    if not (number == -1 or 1 <= number <= len(blocks)):
        raise NothingFound(
            f"the answer has {len(blocks)} code block{'s' if len(blocks) > 1 else ''}, no {number}",
            hint="-x 1 is the first, --xl the last",
        )
    return blocks[number if number == -1 else number - 1].text
