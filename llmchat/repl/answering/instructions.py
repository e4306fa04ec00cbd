"""The project's instructions in the session: looked at before each question."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmchat.app.ask.candidates import candidate_names
from llmchat.app.ask.input.question import may_be_instructed
from llmchat.values.messages import Instructions

if TYPE_CHECKING:
    from llmchat.repl.session import Session


async def instruct(session: Session) -> None:
    """A file that changed since is asked about again; one that is gone is not sent any more."""
    context = session.current.context
    session.conversation.instructions = Instructions()
    if may_be_instructed(context):
        from llmchat.app.ask.input.instructions import load_instructions  # where there are any

        names = candidate_names(context)
        found = await load_instructions(context, names, consent=session.consents)
        session.conversation.instructions = found


async def next_instructions(session: Session) -> Instructions:
    """What the next question takes along as things are now; nobody is asked for it."""
    context = session.current.context
    if not may_be_instructed(context):
        return Instructions()
    from llmchat.app.ask.input.instructions import load_instructions  # where there are any

    return await load_instructions(context, candidate_names(context), tries=True)
