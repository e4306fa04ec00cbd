"""Views of the history: list of conversations, search results, one conversation, statistics."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from llmchat.inputs.tokens import shown_size
from llmchat.language import figure, msg, translated
from llmchat.language.dates import local_time, short_time, when
from llmchat.render.clean import clean, clean_line
from llmchat.render.tables.table import Column, Row, Styled, Table
from llmchat.render.width import cut
from llmchat.store.history.labels import STATES, ending, hashed, speaker
from llmchat.store.history.rows import ConversationRow, MessageRow

if TYPE_CHECKING:
    from llmchat.store.history.figures.stats import Stats
    from llmchat.store.search.search import Hit

TITLE = 60
RESULT = 2000  # characters of a tool's result; exports contain all of it
MATCH = {True: "match", False: "none"}
CONVERSATIONS = (
    Column("id", "id"),
    Column("last"),
    Column("messages", "number"),
    Column("model", "name"),
    Column("title", "title"),
)
DAYS = (
    Column("day", "id"),
    Column("answers", "number"),
    Column("tokens", "number"),
    Column("", "bar"),
)
MODELS = (
    Column("provider", "id"),
    Column("model", "name"),
    Column("answers", "number"),
    Column("tokens", "number"),
    Column("cost", "number"),
    Column("first token", "number"),
)
BOLD, DIM, PLAIN = "\x1b[1m", "\x1b[2m", "\x1b[0m"
# The labels of messages by role.
ROLES = {"user": msg("user"), "system": msg("system"), "summary": msg("summary")}


def conversation_table(rows: Sequence[ConversationRow], *, now: float, current: str = "") -> Table:
    """A table with one row per conversation; the `current` one is marked with a star."""
    cells = [
        [
            f"{row.id} *" if row.id == current else row.id,
            when(row.updated, now=now),
            str(row.messages),
            clean_line(row.who),
            row.title + hashed(row).replace(",", "", 1),
        ]
        for row in rows
    ]
    return Table(CONVERSATIONS, cells)


def conversation_text(
    row: ConversationRow,
    messages: Iterable[MessageRow],
    *,
    render: Callable[[str], str],
    color: bool,
) -> str:
    """A conversation for a terminal, with a heading for each message; answers are rendered as
    Markdown, and incomplete ones are marked."""
    parts = [_styled(row.title or row.id, BOLD, color=color)]
    facts = msg(
        "{id}, {local_time}, {messages} messages{hashed}",
        id=row.id,
        local_time=local_time(row.created),
        messages=row.messages,
        hashed=hashed(row),
    )
    parts.append(_styled(facts, DIM, color=color))
    if row.system:
        parts += ["", _styled(msg("System"), BOLD, color=color), clean(row.system)]
    for message in messages:
        parts += ["", _styled(speaker(message), BOLD, color=color)]
        text = message.text if message.role != "assistant" else ""
        parts.append(clean(text) if text else render(message.text).rstrip("\n"))
        if message.state in STATES:
            parts.append(_styled(msg("({mark})", mark=mark(message)), DIM, color=color))
    return "\n".join(parts)


def mark(message: MessageRow) -> str:
    """Why an answer is incomplete."""
    label = ending(message)
    if message.state == "error" and message.error:
        return msg("{label}: {error}", label=label, error=message.error)
    return label


def _styled(text: str, style: str, *, color: bool) -> str:
    text = clean_line(translated(text))
    return f"{style}{text}{PLAIN}" if color else text


def hits_table(hits: Iterable[Hit], *, now: float) -> Table:
    """Where each message is, and below its title the words that were found in context."""
    rows: list[Row] = []
    for hit in hits:
        who = ROLES.get(hit.role, hit.role)
        if hit.role == "assistant":
            who = hit.model or hit.provider
        pieces = [Styled(text.replace("\n", " "), MATCH[marked]) for text, marked in hit.snippet]
        title = Styled(cut(" ".join(hit.title.split()), TITLE), "bold")
        words = [title, Styled("\n", "none"), *pieces]
        rows.append([hit.conversation, [Styled(when(hit.created, now=now), "hint")], who, words])
    columns = (Column("", "id"), Column(""), Column("", "name"), Column(""))
    return Table(columns, rows)


def stats_table(stats: Stats, *, cached: int, cost: str) -> Table:
    """The numbers of the whole history."""
    since = ""
    if stats.first and stats.last:
        first, last = local_time(stats.first), local_time(stats.last)
        since = msg("{local_time} to {local_time2}", local_time=first, local_time2=last)
    lines: list[Row] = [
        [msg("conversations"), figure(stats.conversations)],
        [msg("in the trash"), figure(stats.trash)],
        [msg("questions"), figure(stats.questions)],
        [
            msg("answers"),
            msg(
                "{answers:,} ({unfinished:,} incomplete)",
                answers=stats.answers,
                unfinished=stats.unfinished,
            ),
        ],
        [
            msg("tokens"),
            msg(
                "{tokens:,} as reported by services ({cached:,} cached)",
                tokens=stats.tokens,
                cached=cached,
            ),
        ],
        [msg("cost"), cost],
        [msg("time"), since],
        [msg("size"), shown_size(stats.size)],
    ]
    return Table((Column("", "id"), Column("")), [line for line in lines if line[1]])


def days_table(stats: Stats) -> Table:
    """A bar for each day."""
    most = max([day.answers for day in stats.days], default=0) or 1
    cells: list[Row] = [
        [day.day, figure(day.answers), figure(day.tokens), day.answers / most] for day in stats.days
    ]
    return Table(DAYS, cells)


def models_table(stats: Stats, costs: Mapping[tuple[str, str], str]) -> Table:
    cells = [
        [
            m.provider,
            clean_line(m.model),
            figure(m.answers),
            figure(m.tokens),
            costs.get((m.provider, m.model), ""),
            short_time(m.first_token_ms),
        ]
        for m in stats.models
    ]
    return Table(MODELS, cells)
