"""Compaction in the session: the same as behind `ask -c`, on its screen and with its keys."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TYPE_CHECKING

from llmchat.app.ask.compaction.compactor import Compactor
from llmchat.events import Event

if TYPE_CHECKING:
    from llmchat.repl.session import Session


Events = AsyncGenerator[Event, None]


def compactor(session: Session) -> Compactor:
    """For the present conversation and whoever is asked now."""
    return Compactor(
        session.current.context,
        session.conversation,
        open_answerer=session.current.open_answerer,
        consents=session.consents,
        undo="/undo takes it back",
        declined=session.declined,
    )


async def make_room(session: Session, room: Compactor, question: str) -> bool:
    """Before a question, where that may be needed. False where the person stopped it or there is
    no room: then nothing is asked."""
    if not room.may_be_needed(question):
        return True
    ended = False

    async def watched() -> Events:
        nonlocal ended
        async with aclosing(room.make_room(question)) as events:
            async for event in events:
                yield event
        ended = True

    session.output.say()
    if error := await session.show(watched()):
        session.context.report.error(error)
    elif not ended:
        session.output.hint("Stopped. The conversation is as it was.")
    return ended
