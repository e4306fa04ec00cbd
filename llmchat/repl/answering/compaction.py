"""Compaction in the session: the same as in `ask -c`, but with the session's display and keys."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TYPE_CHECKING

from llmchat.app.ask.compaction.compactor import Compactor
from llmchat.errors import TooLong
from llmchat.language import msg
from llmchat.values.events import Event

if TYPE_CHECKING:
    from llmchat.repl.session import Session


Events = AsyncGenerator[Event, None]
UNDO = msg("/undo takes it back")
SHORTER = msg(
    "/compact summarizes earlier turns; /model chooses a model with a larger context window"
)


def compactor(session: Session) -> Compactor:
    """A compactor for the current conversation and the provider that is asked next."""
    return Compactor(
        session.current.context,
        session.conversation,
        open_answerer=session.current.open_answerer,
        consents=session.consents,
        undo=UNDO,
        declined=session.declined,
        count=session.count,
    )


async def make_room(session: Session, room: Compactor, question: str) -> bool:
    """Compacts the conversation before a question if it has to be. False if the person stopped it
    or the question does not fit; then it is not asked."""
    if not room.may_be_needed(question):
        return True
    session.output.say()
    return await shown_to_its_end(session, room.make_room(question))


async def shown_to_its_end(session: Session, making: Events) -> bool:
    ended = False

    async def watched() -> Events:
        nonlocal ended
        async with aclosing(making) as events:
            async for event in events:
                yield event
        ended = True

    if error := await session.show(watched()):
        if isinstance(error, TooLong):
            error.hint = SHORTER
        session.context.report.error(error)
    elif not ended:
        session.output.hint(msg("Stopped. The conversation is as it was."))
    return ended
