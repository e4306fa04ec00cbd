"""The output of answers with a schema: stdout or a file gets only the JSON, `--json` the whole
object.

Nothing is shown until the answer has been checked.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING

from llmchat.app.ask.output.output import (
    CollectedOutput,
    MachineOutput,
    Output,
    Put,
    checked_place,
    into_file,
    print_text,
)
from llmchat.app.run.streams import is_terminal, open_stdout
from llmchat.errors import LlmchatError
from llmchat.render.json import JsonAnswer, JsonEvents, json_text
from llmchat.render.plain import close
from llmchat.render.reasoning import Thoughts
from llmchat.values.events import Delta, Event
from llmchat.values.turn import Turn, ValidData

if TYPE_CHECKING:
    from llmchat.app.ask.input.question import AskOptions
    from llmchat.app.run.context import Context


class DataOutput(CollectedOutput):
    """Prints the JSON only; nothing if it does not match."""

    def __init__(
        self, shown: Callable[[ValidData], str], put: Put, *, reasoning: Thoughts | None
    ) -> None:
        super().__init__(str, put, reasoning=reasoning)
        self._shown = shown

    def end(self, turn: Turn | None, error: LlmchatError | None) -> None:
        if turn is not None and turn.data is not None and error is None:
            self._put(self._shown(turn.data))


class DataMachine(MachineOutput):
    """The output of `--json` and `--jsonl`; events of rejected answers are not shown."""

    def __init__(self, machine: JsonAnswer | JsonEvents, put: Put | None) -> None:
        super().__init__(machine, str, put)

    async def show(self, events: AsyncIterator[Event]) -> None:
        async with aclosing(_without_pieces(events)) as rest:
            await super().show(rest)

    def _written(self, turn: Turn) -> None:
        """Adds the data to the object, besides its text."""
        if turn.data is not None and self._put:
            self._put(turn.data.text)


def data_output(context: Context, options: AskOptions) -> Output:
    stdout = open_stdout(context.world.stdout)
    tty = is_terminal(stdout)
    into = checked_place(context.world.cwd / options.output) if options.output else None
    if options.form in ("json", "jsonl"):
        machine = JsonAnswer(stdout) if options.form == "json" else JsonEvents(stdout)
        return DataMachine(machine, into_file(into) if into else None)
    shown = partial(print_text, stdout, tty=tty)
    put = into_file(into, instead=shown) if into else shown
    if into or not tty:
        return DataOutput(lambda data: data.text, put, reasoning=context.thoughts)
    indent = None if options.form == "raw" else 2
    return DataOutput(
        lambda data: json_text(data.value, tty=True, indent=indent), put, reasoning=context.thoughts
    )


async def _without_pieces(events: AsyncIterator[Event]) -> AsyncGenerator[Event, None]:
    try:
        async for event in events:
            if not isinstance(event, Delta):
                yield event
    finally:
        await close(events)
