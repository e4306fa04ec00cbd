"""Rows of /tokens: tokens used in this session, their cost, and what is left of GigaChat's
packages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmchat.app.ask.input.token_count import can_count
from llmchat.app.history.spending import Spent
from llmchat.app.models import balance
from llmchat.errors import LlmchatError
from llmchat.language import msg
from llmchat.render.tables.table import Row
from llmchat.settings.prices import price_table

if TYPE_CHECKING:
    from llmchat.repl.session import Session


async def spent_rows(session: Session) -> list[Row]:
    whole = _spent(session)
    rows: list[Row] = []
    if whole.tokens:
        rows.append([msg("used in this session, as reported by services"), f"{whole.tokens:,}", ""])
    if whole.cached_tokens:
        rows.append([msg("of these, cached by the service"), f"{whole.cached_tokens:,}", ""])
    if whole.costs:
        rows.append([msg("cost of this session"), whole.shown, ""])
    return rows + await _left(session)


def _spent(session: Session) -> Spent:
    whole, prices = Spent(), price_table(session.context.settings.document)
    for provider, model, usage in session.usages:
        whole.add_answer(provider, model, usage, prices)
    return whole


async def _left(session: Session) -> list[Row]:
    """A row for each token package of the account; none if the account has none or does not report
    them."""
    context, name = session.current.context, session.conversation.provider.id
    if not can_count(context, name):
        return []
    try:
        found = await session.while_listening(balance(context, name))
    except LlmchatError:
        return []
    return [
        [msg("left of the package, {model}", model=row.model), f"{row.tokens:,.0f}", ""]
        for row in found or ()
    ]
