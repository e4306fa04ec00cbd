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
    """Before a question. False where the person stopped it: then nothing is asked either."""
    ended = False

    async def watched() -> Events:
        nonlocal ended
        async with aclosing(room.make_room(question)) as events:
            async for event in events:
                yield event
        ended = True

    session.output.say()
    if error := await session.show(watched()):
        raise error
    if not ended:
        session.output.hint("Stopped. The conversation is as it was.")
    return ended
