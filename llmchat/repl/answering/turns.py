"""One turn of the session: sends a question, shows the answer and the notices below it.

Why: docs/decisions/0063-refused-questions-come-back.md.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from llmchat.app.ask.candidates import candidate_names
from llmchat.app.ask.input.question import may_be_instructed, size_notice
from llmchat.app.ask.output.outcome import length_notice, note_health, refusal_in
from llmchat.app.history.spending import cost_shown
from llmchat.errors import BudgetExceeded, IncompleteAnswer, LlmchatError, TooLong, UsageError
from llmchat.language import msg
from llmchat.repl.answering.bell import notification
from llmchat.repl.answering.compaction import SHORTER, Events, compactor, make_room
from llmchat.repl.answering.structured import show_with_data
from llmchat.repl.input.toolbar import turn_facts
from llmchat.store.history.naming import title_of
from llmchat.values.messages import Instructions
from llmchat.values.turn import Turn

if TYPE_CHECKING:
    from llmchat.repl.session import Session


async def send(session: Session, text: str) -> None:
    """Sends a line as a question with its attachments. If it is refused before it is sent, it goes
    back into the line."""
    try:
        await session.let_choose()
        await _instruct(session)
        whole = await _whole(session, text)
    except LlmchatError:
        session.draft.put_before(text)
        raise
    room = compactor(session)
    if not await make_room(session, room, whole):
        session.draft.put_before(text)
        return
    taken = session.pending.take()

    def asked() -> Events:
        return session.conversation.send(whole, attachments=taken.attachments)

    error = await answer(session, room.asked(asked, whole))
    if _is_refused(session, error):
        session.pending.put_back(taken)
        _take_back(session, text)


async def ask_in_place(session: Session, ask: Callable[[], Events], question: str = "") -> None:
    """Asks something that replaces the last question, such as /retry, with the project's
    instructions and compaction as for any question. Nothing is asked if the person stops the
    compaction."""
    await _instruct(session)
    room = compactor(session)
    if await make_room(session, room, question):
        await answer(session, room.asked(ask, question or session.current.last_question()))


async def _instruct(session: Session) -> None:
    """Loads the project's instructions for the next question. A file that changed needs consent
    again; one that was deleted is no longer sent."""
    context = session.current.context
    session.conversation.instructions = Instructions()
    if may_be_instructed(context):
        from llmchat.app.ask.input.instructions import load_instructions  # only if there are any

        names = candidate_names(context)
        found = await load_instructions(context, names, consent=session.consents)
        session.conversation.instructions = found


async def next_instructions(session: Session) -> Instructions:
    """The instructions that would be sent with the next question; does not ask for consent."""
    context = session.current.context
    if not may_be_instructed(context):
        return Instructions()
    from llmchat.app.ask.input.instructions import load_instructions  # only if there are any

    return await load_instructions(context, candidate_names(context), tries=True)


async def answer(session: Session, events: Events) -> LlmchatError | None:
    """Shows the answer of the turn that has just begun, and what follows it."""
    await session.titling.stop()
    session.output.say()
    wanted = session.wanted
    error = await (show_with_data(session, events, wanted) if wanted else session.show(events))
    _conclude(session, error)
    return error


def _conclude(session: Session, error: LlmchatError | None) -> None:
    """Prints the lines below an answer."""
    turn, report = session.conversation.turn, session.context.report
    if turn is None:
        return
    error = error or refusal_in(turn)
    if isinstance(error, TooLong) and len(session.conversation.sent) > 2:
        error.hint = SHORTER
    elif type(error) is IncompleteAnswer:  # a limit of rounds has its own hint
        error.hint = msg("/continue")
    if error or turn.state in ("interrupted", "streaming"):
        session.draft.take_back()  # they were typed in the expectation of an answer
    if error:
        report.error(error)
    elif turn.stopped_unsent:
        session.output.hint(msg("Stopped; nothing was sent."))
    elif turn.state in ("interrupted", "streaming"):
        session.output.hint(msg("Stopped. /continue continues, /retry regenerates."))
    elif turn.error:
        session.output.hint(msg("Stopped. The conversation is as it was."))
    elif cut_off := length_notice(turn, hint=msg("/continue")):
        report.notice(cut_off)
    if session.conversation.warning:
        report.warning(session.conversation.warning)
    if turn.attempts:
        _count(session)
    _ring(session, turn)
    session.current.find_title()
    if not error:
        session.titling.begin()
    session.output.say()


def _ring(session: Session, turn: Turn) -> None:
    """Rings the bell for a person who is doing something else; one who stopped the answer is
    here."""
    after = session.context.settings.get("bell").value
    if after == "off" or turn.state == "interrupted" or (turn.total_ms or 0) < after * 1000:
        return
    if session.terminal.obeys_sequences:
        title = session.current.title or title_of(session.current.last_question())
        text = msg("{who}: {title}", who=session.current.who(), title=title)
        session.output.exact(notification(text, session.context.world.environ))


async def _whole(session: Session, text: str) -> str:
    """The message with its files. Their names are shown before they are read, and their size is
    reported or refused."""
    typed, text = session.pastes.typed(text), session.pastes.unfold(text)
    named = session.pending.named(typed)
    if named:
        session.output.hint(msg("with {named}", named=", ".join(named)))
    left_out = session.pending.left_out(text, typed)
    whole, notices = await session.pending.message(text, named)
    for line in (left_out, *notices, _size_notice(session, whole)):
        if line:
            session.context.report.notice(line)
    return whole


def _count(session: Session) -> None:
    turn = session.conversation.turn
    assert turn is not None
    model = turn.model or turn.requested_model
    session.count(turn)
    note_health(session.context, turn)
    if session.shows_usage:
        who, *facts = (session.current.who(), *turn_facts(turn))
        cost = cost_shown(session.context, turn.provider, model, turn.usage)
        facts = [who, facts[0], cost if facts[0] else "", *facts[1:]]
        session.output.hint("  ·  ".join(fact for fact in facts if fact))


def _is_refused(session: Session, error: LlmchatError | None) -> bool:
    """Whether the question failed in a way that puts it back into the line."""
    refused = isinstance(error, UsageError | BudgetExceeded)
    return refused or _is_untouched(session) or _is_unsent(session) or _was_too_long(session)


def _is_untouched(session: Session) -> bool:
    """Whether it was stopped before the answer began, so that nothing is saved."""
    return session.conversation.turn is not None and session.conversation.turn.state == "streaming"


def _is_unsent(session: Session) -> bool:
    """Whether it was stopped when consent was asked for."""
    return session.conversation.turn is not None and session.conversation.turn.stopped_unsent


def _was_too_long(session: Session) -> bool:
    """Whether the service refused it as too long and the person stopped the compaction."""
    turn = session.conversation.turn
    return turn is not None and isinstance(turn.error, TooLong)


def _take_back(session: Session, text: str) -> None:
    """Puts the question back into the line and removes it from the conversation, because it was not
    sent."""
    if not _is_untouched(session) and session.current.last_question():
        session.conversation.undo()
    session.draft.put_before(text)


def _size_notice(session: Session, text: str) -> str:
    before = session.conversation.texts
    try:
        return size_notice(
            session.current.context,
            text,
            provider=session.conversation.provider.id,
            model=session.conversation.model,
            before=before,
            compacts=session.context.settings.text("compact") != "off",
        )
    except TooLong as error:
        if before:
            error.hint = SHORTER
        raise
