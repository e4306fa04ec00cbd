"""`ask -c` in a long conversation: compacts before the question, or after a refusal."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from functools import partial
from typing import TYPE_CHECKING

from llmchat.app.ask.candidates import open_answerer
from llmchat.app.ask.compaction.compactor import Compactor
from llmchat.app.ask.output.output import drain
from llmchat.app.terminal.consent import consent_of
from llmchat.language import msg
from llmchat.values.events import Event

if TYPE_CHECKING:
    from llmchat.app.run.context import Context
    from llmchat.conversation.conversation import Conversation
    from llmchat.failover import Admit

Events = AsyncGenerator[Event, None]
UNDO = msg("to take it back: llmchat chat -c, then /undo")


def undo_of(conversation: Conversation) -> str:
    """How to undo a summary; "" if it is not saved."""
    return UNDO if conversation.history else msg("not saved")


def tell_of_room(context: Context, conversation: Conversation, question: str, admit: Admit) -> None:
    """Says in a dry run what would be compacted."""
    if _compactor(context, conversation, admit).is_needed(question):
        context.report.notice(msg("earlier turns would be summarized first"))


async def with_room(
    context: Context,
    conversation: Conversation,
    send: Callable[[], Events],
    question: str,
    admit: Admit,
) -> Events:
    """The events of the answer, after notices about the compaction."""
    room = _compactor(context, conversation, admit)
    if room.may_be_needed(question):
        made = room.make_room(question)
        await drain(context.report.with_notices(made, waiting_for=conversation.provider.id))
    return room.asked(send, question)


def _compactor(context: Context, conversation: Conversation, admit: Admit) -> Compactor:
    return Compactor(
        context,
        conversation,
        open_answerer=partial(open_answerer, admit=admit),
        consents=consent_of(context),
        undo=undo_of(conversation),
    )
