"""Chooses the output of an answer: terminal, pipe, JSON, file or code block."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AbstractContextManager, aclosing, nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TextIO

from llmchat.app.ask.output.pictures import is_picture_name
from llmchat.app.run.context import Context
from llmchat.app.run.streams import is_terminal, open_stdout
from llmchat.errors import LlmchatError, StorageError, UsageError
from llmchat.language import msg
from llmchat.render.clean import clean
from llmchat.render.encoding import ALIKE
from llmchat.render.plain import Plain, Renderer, close, write_whole
from llmchat.render.reasoning import ReasoningWriter, Thoughts
from llmchat.system.terminals import is_dumb
from llmchat.values.calls import ToolCall
from llmchat.values.events import Delta, Event, Finish, Reasoning
from llmchat.values.turn import Turn

if TYPE_CHECKING:
    from llmchat.app.ask.input.question import AskOptions
    from llmchat.render.json import JsonAnswer, JsonEvents

Shape = Callable[[str], str]
Put = Callable[[str], None]


class Output(Renderer, Protocol):
    """Where an answer goes: `begin` is called with the turn, `show` with the events, and `end`
    always."""

    def begin(self, turn: Turn) -> None:
        return  # most outputs need nothing here

    def aside(self) -> AbstractContextManager[object]:
        """Lets others print whole lines meanwhile, above what is being drawn."""
        return nullcontext()

    def end(self, turn: Turn | None, error: LlmchatError | None) -> None:
        return


class StreamedOutput(Output):
    """Shows the answer as it arrives, with a renderer; `reasoning` is where reasoning goes if the
    renderer does not show it."""

    def __init__(self, renderer: Renderer, *, reasoning: Thoughts | None = None) -> None:
        self._renderer = renderer
        self._reasoning = reasoning

    async def show(self, events: AsyncIterator[Event]) -> None:
        async with aclosing(show_reasoning(events, self._reasoning)) as rest:
            await self._renderer.show(rest)

    def aside(self) -> AbstractContextManager[object]:
        aside: Callable[[], AbstractContextManager[object]]
        aside = getattr(self._renderer, "aside", nullcontext)
        return aside()


class CollectedOutput(Output):
    """Shows nothing until the end; then `shape` takes the wanted part of the answer and `put`
    writes it."""

    def __init__(self, shape: Shape, put: Put, *, reasoning: Thoughts | None) -> None:
        self._shape = shape
        self._put = put
        self._reasoning = reasoning

    async def show(self, events: AsyncIterator[Event]) -> None:
        await drain(show_reasoning(events, self._reasoning))

    def end(self, turn: Turn | None, error: LlmchatError | None) -> None:
        if turn is not None and error is None:
            self._put(self._shape(turn.text_with_pictures))


class MachineOutput(Output):
    """The output of `--json` and `--jsonl`: `text` is the wanted part of the answer, which a file
    gets as well."""

    def __init__(self, machine: JsonAnswer | JsonEvents, shape: Shape, put: Put | None) -> None:
        self._machine = machine
        self._shape = shape
        self._put = put

    def begin(self, turn: Turn) -> None:
        self._machine.begin(turn)

    async def show(self, events: AsyncIterator[Event]) -> None:
        await self._machine.show(events)

    def end(self, turn: Turn | None, error: LlmchatError | None) -> None:
        """Writes the file, then the object, so that it can report an error of the file."""
        text, failed = None, error
        if turn is not None and error is None:
            try:
                text = self._written(turn)
            except LlmchatError as trouble:
                failed = trouble
        self._machine.end(turn, failed, text=text)
        if failed is not error and failed is not None:
            raise failed

    def _written(self, turn: Turn) -> str | None:
        """The wanted part of the answer, after writing it to the file."""
        text = self._shape(turn.text)
        if self._put:
            self._put(self._shape(turn.text_with_pictures))
        return text


async def drain(events: AsyncGenerator[Event, None]) -> None:
    """Consumes the events without showing them."""
    async with aclosing(events):
        async for _ in events:
            pass


async def show_reasoning(
    events: AsyncIterator[Event], place: Thoughts | None
) -> AsyncGenerator[Event, None]:
    """Passes the events on and writes the reasoning to `place`, if that is not None."""
    thoughts: ReasoningWriter | None = None
    try:
        async for event in events:
            if place is not None and isinstance(event, Reasoning):
                thoughts = thoughts or ReasoningWriter(place)
                thoughts.say(event.text)
            elif thoughts and isinstance(event, Delta | Finish | ToolCall):
                thoughts.end()
            yield event
    finally:
        if thoughts:
            thoughts.end()
        await close(events)


def choose_output(context: Context, options: AskOptions) -> Output:
    stdout = open_stdout(context.world.stdout)
    tty = is_terminal(stdout)
    # Then -O names the picture, and the text goes to stdout.
    draws = is_picture_name(options.output)
    named = checked_place(context.world.cwd / options.output) if options.output else None
    into = None if draws else named
    shape = _shape(context, options, tty=tty)
    if options.form in ("json", "jsonl"):
        from llmchat.render.json import JsonAnswer, JsonEvents  # json: 2 ms

        machine = JsonAnswer(stdout) if options.form == "json" else JsonEvents(stdout)
        return MachineOutput(machine, shape or str, into_file(into) if into else None)
    if into or shape:
        shown = partial(print_text, stdout, tty=tty)
        put = into_file(into, instead=shown) if into else shown
        return CollectedOutput(shape or str, put, reasoning=context.thoughts)
    if tty and options.form != "raw" and not is_dumb(context.world.environ):
        return StreamedOutput(with_pictures(context, context.live(stdout), stdout))
    plain = Plain(stdout, tty=tty, whole=not context.settings.enabled("stream"))
    return StreamedOutput(plain, reasoning=context.thoughts)


def _shape(context: Context, options: AskOptions, *, tty: bool) -> Shape | None:
    """The function that takes the wanted part of an answer; None for all of it."""
    number = options.extract
    if number is not None:
        return lambda text: _code_block(text, number)
    if options.form == "markdown" and (options.output or not tty):
        return lambda text: context.rendered(text, context.world.stdout)
    return None


def print_text(stdout: TextIO, text: str, *, tty: bool) -> None:
    """The whole of an answer, clean on a terminal."""
    write_whole(stdout, _ended(clean(text) if tty else text), tty=tty, errors=ALIKE)


def with_pictures(context: Context, renderer: Renderer, stream: TextIO) -> Renderer:
    """The renderer, which also shows pictures on a terminal that supports them."""
    from llmchat.render.pictures.below import WithPictures
    from llmchat.render.pictures.protocols import protocol_of

    chosen = context.settings.text("show_pictures")
    protocol = protocol_of(context.world.environ, chosen)
    if not protocol:
        return renderer
    return WithPictures(renderer, stream, protocol, context.screen(stream).size)


def checked_place(path: Path) -> Path:
    """The file of -O; raises an error for a missing folder before the question is asked."""
    if os.path.isdir(path):  # noqa: PTH112  # a name too long
        problem = msg("{path} is a folder", path=path)
        raise UsageError(problem, hint=msg("use -O with a file name"))
    if not os.path.isdir(path.parent):  # noqa: PTH112
        problem = msg("{path} is in a folder that does not exist", path=path)
        raise UsageError(problem, hint=msg("create it, or choose another -O"))
    return path


def into_file(path: Path, *, instead: Put | None = None) -> Put:
    """A function that writes the file atomically; if that fails, it writes to `instead`, so that no
    answer is lost."""

    def put(text: str) -> None:
        from llmchat.store.atomic import write_result  # only for -O

        try:
            write_result(path, _ended(text))
        except StorageError as error:
            if instead:
                instead(text)
                error.hint = msg("the answer went to stdout instead")
            raise

    return put


def _ended(text: str) -> str:
    """The text with exactly one newline at its end; "" is unchanged."""
    body = text.rstrip("\n")
    return body + "\n" if body else ""


def _code_block(text: str, number: int) -> str:
    from llmchat.app.history.code_blocks import choose_block  # re, dataclasses: 15 ms

    return choose_block(text, number, hint=msg("-x 1 is the first, --xl the last")).text
