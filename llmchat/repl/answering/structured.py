"""Answers in the session that must match a schema: shown as usual, then checked."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import TYPE_CHECKING

from llmchat.app.ask.schema import WantedData, answer_with_data, wanted_data
from llmchat.errors import LlmchatError, SchemaMismatch
from llmchat.language import msg
from llmchat.values.events import Event

if TYPE_CHECKING:
    from llmchat.app.setup.templates import FilledTemplate
    from llmchat.repl.session import Session


async def show_with_data(
    session: Session, events: AsyncGenerator[Event, None], wanted: WantedData
) -> LlmchatError | None:
    """Shows the answers, asking again after a mismatch. Returns the error of the last one; None if
    it matches or was stopped."""

    async def show(events: AsyncGenerator[Event, None]) -> None:
        if error := await session.show(events):
            raise error

    try:
        await answer_with_data(session.conversation, events, wanted, show=show)
    except LlmchatError as error:
        turn = session.conversation.turn
        if turn and turn.state in ("interrupted", "streaming"):
            return None
        if isinstance(error, SchemaMismatch):
            error.hint = msg("/retry regenerates it, /schema off stops checking")
        return error
    session.output.hint(msg("The answer matches the schema."))
    return None


async def use_schema(
    session: Session, text: str, *, name: str = "", base: Path | None = None
) -> WantedData:
    """Sets the schema from the next question on; a text that is not a schema changes nothing."""
    wanted = wanted_data(session.context, text, name=name, base=base)
    try:
        await wanted.open()
    except BaseException:
        await wanted.aclose()
        raise
    await forget_schema(session)
    session.wanted, session.conversation.schema = wanted, wanted.schema
    return wanted


async def use_template_schema(session: Session, template: FilledTemplate) -> None:
    own = template.template
    if own.schema:
        await use_schema(session, own.schema, name=own.name, base=own.path.parent)


async def forget_schema(session: Session) -> None:
    wanted, session.wanted = session.wanted, None
    session.conversation.schema = None
    if wanted:
        await wanted.aclose()
