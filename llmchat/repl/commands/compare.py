"""`/vs MODEL...`: asks several models the last question."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from llmchat.app.ask.candidates import open_answerer
from llmchat.app.ask.output.pictures import Saving
from llmchat.app.ask.third_party import ThirdPartyPolicy
from llmchat.app.compare.answers import MOST, Comparison, Open, labels_of
from llmchat.app.compare.output import shown_on
from llmchat.app.compare.preparing import instructions_for, make_room, told_of_refused
from llmchat.app.models import check_model
from llmchat.app.run.context import Context
from llmchat.errors import UsageError
from llmchat.failover import Answerer
from llmchat.language import msg
from llmchat.repl.answering.compaction import SHORTER, UNDO, shown_to_its_end
from llmchat.repl.commands.command import SlashCommand
from llmchat.repl.commands.models import complete_model, named_model
from llmchat.repl.input.completion_item import CompletionItem

if TYPE_CHECKING:
    from llmchat.repl.session import Session


async def vs(session: Session, rest: str) -> None:
    models = rest.split()
    if not 1 <= len(models) <= MOST:
        raise UsageError(
            msg("/vs takes 1 to {most} models", most=MOST), hint=msg("/vs MODEL PROVIDER/MODEL ...")
        )
    if not session.current.last_question():
        raise UsageError(msg("no question has been asked yet"), hint=msg("type a question"))
    contexts = [_context(session, model) for model in models]
    policy = ThirdPartyPolicy(session.context, allow_secrets=False, consent=session.consents)
    told = await instructions_for(contexts, session.consents)
    opened = partial(_open, policy)
    if not await _is_room(session, contexts, opened):
        return
    labels = labels_of(contexts, models)
    comparison = Comparison(session.conversation, contexts, opened, labels, told)
    try:
        await session.while_listening(_show(session, comparison))
    finally:
        comparison.conclude()
        for turn in filter(None, (answer.turn for answer in comparison.answers)):
            session.count(turn)
        await comparison.aclose()
    for label, error in comparison.faults:
        session.context.report.warning(
            msg("{label}: {message}", label=label, message=error.message)
        )
    for line in told_of_refused(comparison.answers):
        session.context.report.notice(line)
    if session.history:
        session.output.hint(msg("/tree shows these answers; /tree N continues from another one"))


async def _is_room(session: Session, contexts: Sequence[Context], opened: Open) -> bool:
    """Compacts the conversation for these models if needed. False if the person stopped it or the
    question does not fit."""
    room = make_room(
        session.conversation,
        contexts,
        "",
        opened,
        consents=session.consents,
        undo=UNDO,
        hint=SHORTER,
        declined=session.declined,
        count=session.count,
    )
    return await shown_to_its_end(session, room)


async def _show(session: Session, comparison: Comparison) -> None:
    terminal = session.terminal
    output = shown_on(
        session.context,
        terminal.screen_file,
        len(comparison.answers),
        draws=terminal.obeys_sequences and not session.shows_raw,
    )
    session.output.say()
    await output.show(comparison, comparison.ask_again())
    session.output.say()


def _open(policy: ThirdPartyPolicy, context: Context) -> Answerer:
    return Saving(context, open_answerer(context, admit=policy), tells=True)


def _context(session: Session, name: str) -> Context:
    context = session.current.context.with_provider(*named_model(session, name))
    check_model(context)
    return context


def complete(session: Session, typed: str) -> Iterable[CompletionItem]:
    return complete_model(session, typed.rpartition(" ")[2])


COMMANDS = (
    SlashCommand("vs", "MODEL...", "Ask several models the last question again", vs, complete),
)
