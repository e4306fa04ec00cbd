"""Commands about the conversation: its tokens, and where its last answer came from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from llmchat.app.ask.input.token_count import can_count, count_tokens
from llmchat.app.models import known_window
from llmchat.errors import LlmchatError
from llmchat.inputs.tokens import estimate_tokens, window_of
from llmchat.language import figure, msg
from llmchat.render.tables.table import Column, Row, Table
from llmchat.repl.answering.turns import next_instructions
from llmchat.repl.commands.command import SlashCommand
from llmchat.repl.commands.views.provenance import last_turn, provenance
from llmchat.repl.commands.views.spent import spent_rows

if TYPE_CHECKING:
    from llmchat.repl.session import Session


async def tokens(session: Session, rest: str) -> None:
    """Shows the tokens that services counted, and an estimate for the next question."""
    texts = [session.conversation.whole_system, *session.conversation.texts]
    exact = await session.while_listening(_count(session, texts))
    used = sum(map(estimate_tokens, texts)) if exact is None else exact
    shown = msg("about {n:,}", n=used) if exact is None else figure(used)
    rows: list[Row] = [[msg("sent with the next question"), shown, ""]]
    turn = last_turn(session)
    model = (turn and turn.told.model) or session.conversation.model
    provider = session.conversation.provider.id
    window = known_window(session.context, provider, model) or window_of(model)
    if window:
        share = used / window
        rows.append(
            [msg("of the context window, {share:.0%}", share=share), f"{window:,}", min(1.0, share)]
        )
    rows += await spent_rows(session)
    columns = (Column(""), Column("tokens", "number"), Column("", "bar"))
    session.output.table(Table(columns, rows))


async def _count(session: Session, texts: Sequence[str]) -> int | None:
    """The number of tokens as counted by the service; None if it cannot count or nobody is signed
    in."""
    context, name = session.current.context, session.conversation.provider.id
    if not can_count(context, name):
        return None
    try:
        return (await count_tokens(context, name, session.conversation.model, texts)).tokens
    except LlmchatError as error:
        context.report.notice(
            msg("{name} cannot count tokens: {message}", name=name, message=error.message)
        )
        return None


async def info(session: Session, rest: str) -> None:
    turn = last_turn(session)
    rows = [
        [msg("conversation"), session.conversation.id],
        [msg("title"), session.current.title or msg("none yet")],
    ]
    if names := (await next_instructions(session)).names:
        rows.append([msg("instructions"), ", ".join(names)])
    rows += [[msg("asked"), session.current.who()], *(provenance(turn) if turn else ())]
    session.output.table(Table((Column("", "id"), Column("")), rows))


COMMANDS = (
    SlashCommand("tokens", "", "Show how much of the context window is used", tokens),
    SlashCommand("info", "", "Show where the last answer came from", info),
)
