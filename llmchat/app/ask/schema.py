"""Answers that match a schema: checks an answer, and asks again until one matches.

`ask`, the session and `batch` share `answer_with_data`. Why:
docs/decisions/0125-answers-are-checked-in-a-process.md.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from llmchat.errors import Filtered, IncompleteAnswer, LlmchatError, SchemaMismatch, UsageError
from llmchat.language import msg
from llmchat.schemas.answer import NotJson, compact, data_in
from llmchat.schemas.checker import SchemaChecker
from llmchat.schemas.read import listed, read_schema
from llmchat.transport.errors.status import one_line
from llmchat.values.answer_schema import AnswerSchema
from llmchat.values.events import Event, Notice
from llmchat.values.turn import Turn, ValidData

if TYPE_CHECKING:
    from llmchat.app.ask.input.question import QuestionOptions
    from llmchat.app.run.bare_context import BareContext
    from llmchat.conversation.conversation import Conversation
    from llmchat.templates import Template

Events = AsyncGenerator[Event, None]
Show = Callable[[Events], Awaitable[None]]

RETRIES = 1
MOST_SENT_BACK = 16_000  # characters of an answer to be corrected
SAID_FAULTS = 3
SEE_IT = msg("see it with llmchat history show last --raw; --schema-retries 3 allows more tries")


@dataclass(frozen=True, slots=True)
class WantedData:
    """A schema with its checker, which must be closed. It serves any number of questions, also
    concurrently."""

    schema: AnswerSchema
    checker: SchemaChecker
    retries: int = RETRIES

    async def open(self) -> None:
        """Starts the checker; raises UsageError if the text is not a schema, before anything is
        sent."""
        await self.checker.open()

    async def aclose(self) -> None:
        await self.checker.aclose()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


def wanted_by(context: BareContext, flags: QuestionOptions, own: Template | None) -> WantedData:
    """The schema that the flags name, else that of the person's `own` template."""
    retries = RETRIES if flags.schema_retries is None else flags.schema_retries
    as_list = flags.schema_list
    if flags.schema is not None:
        return wanted_data(context, flags.schema, as_list=as_list, retries=retries)
    if own is None or not own.schema:
        flag = "--schema-list" if as_list else "--schema-retries"
        raise UsageError(
            msg("{flag} needs --schema", flag=flag), hint=msg("--schema 'name, age int'")
        )
    return wanted_data(
        context,
        own.schema,
        as_list=as_list,
        retries=retries,
        name=own.name,
        base=own.path.parent,
    )


def wanted_data(
    context: BareContext,
    text: str,
    *,
    as_list: bool = False,
    retries: int = RETRIES,
    name: str = "",
    base: Path | None = None,
) -> WantedData:
    """Reads a schema: `text` is a file, JSON or the short form; `base` is the folder of that file,
    by default the current one."""
    schema = read_schema(
        text, cwd=base or context.world.cwd, is_secret=context.is_secret, name=name
    )
    if as_list:
        schema = listed(schema)
    return WantedData(schema, SchemaChecker(schema.body), retries)


async def answer_with_data(
    conversation: Conversation, events: Events, wanted: WantedData, *, show: Show
) -> ValidData:
    """Shows the answer with `show`, checks it, and asks for a better one up to `retries` times. The
    data are stored in the turn and in the history. Raises SchemaMismatch if no answer matches.
    `show` may raise what the stream raises; the conversation's `schema` must be the wanted one."""
    await show(events)
    turn, left = _latest(conversation), wanted.retries
    while True:
        try:
            turn.data = await checked(turn, wanted)
        except SchemaMismatch as error:
            if not (left and error.faults):
                error.hint = SEE_IT if conversation.history and error.faults else error.hint
                raise
            turn, left = await _corrected(conversation, error, show), left - 1
        else:
            _keep(conversation, turn.data)
            return turn.data


async def _corrected(conversation: Conversation, error: SchemaMismatch, show: Show) -> Turn:
    """Asks for a corrected answer, and returns its turn."""
    before = _latest(conversation)
    faults = "\n".join(f"- {fault}" for fault in error.faults)
    wish = f"Your answer does not match the JSON Schema:\n{faults}\nCorrect it."
    events = conversation.correct(wish, answer=before.text[:MOST_SENT_BACK])
    turn = _latest(conversation)
    try:
        await show(_announced(msg("{message}; asking again", message=error.message), events))
    finally:
        turn.follow(before)
    return turn


def _latest(conversation: Conversation) -> Turn:
    assert conversation.turn is not None
    return conversation.turn


async def _announced(line: str, events: Events) -> Events:
    """Puts a notice before the events that explains the second request."""
    async with aclosing(events):
        yield Notice(line)
        async for event in events:
            yield event


async def checked(turn: Turn, wanted: WantedData) -> ValidData:
    """The data of one answer; raises SchemaMismatch with what is wrong."""
    if turn.state != "complete":
        raise IncompleteAnswer(msg("the answer was stopped"), hint=msg("ask again"))
    if turn.finish_reason == "filter":
        raise Filtered(
            msg("refused by the service's content filter"), hint=msg("rephrase your question")
        )
    if turn.refused:
        raise Filtered(
            msg("the model refused: {one_line}", one_line=one_line(turn.text)),
            hint=msg("rephrase your question"),
        )
    try:
        data = data_in(turn.text)
    except NotJson as error:
        if turn.finish_reason == "length":
            raise _cut_off() from None
        raise _mismatch([str(error)]) from None
    if faults := await wanted.checker.faults(data):
        raise _mismatch(faults)
    return ValidData(data, compact(data), wanted.schema.name)


def _cut_off() -> SchemaMismatch:
    return SchemaMismatch(
        msg("the model's length limit cut the answer before its JSON ended"),
        hint=msg("raise the limit (-o max_tokens 8000), or ask for less"),
    )


def _mismatch(faults: list[str]) -> SchemaMismatch:
    said = "; ".join(one_line(fault) for fault in faults[:SAID_FAULTS])
    left = len(faults) - SAID_FAULTS
    more = msg(" (and {count} more)", count=left) if left > 0 else ""
    problem = msg("the answer does not match the schema: {said}{more}", said=said, more=more)
    return SchemaMismatch(problem, faults=faults)


def _keep(conversation: Conversation, data: ValidData) -> None:
    """Saves the data beside the text; an error of the disk does not spoil the answer."""
    number = conversation.branch[-1].number
    if conversation.history is None or number is None:
        return
    try:
        conversation.history.keep_data(number, data.text, data.schema)
    except LlmchatError as error:
        conversation.warning = msg(
            "the data of this answer was not saved: {message}", message=error.message
        )
