"""What people read of the history: a list of conversations, hits of a search, one conversation,
numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from llmchat.dates import local_time, short_time, when
from llmchat.inputs.tokens import shown_size
from llmchat.render.clean import clean, clean_line
from llmchat.render.columns import columns
from llmchat.store.history.labels import STATES, speaker
from llmchat.store.history.rows import ConversationRow, MessageRow

if TYPE_CHECKING:
    from llmchat.store.history.stats import Stats
    from llmchat.store.search.search import Hit

TITLE = 60
BOLD, PLAIN = "\x1b[1m", "\x1b[0m"
DIM = "\x1b[2m"


def conversation_rows(
    rows: Sequence[ConversationRow], *, now: float, current: str = ""
) -> tuple[list[str], list[list[str]]]:
    """A header and one row a conversation, as `columns` takes them; `current` gets a star."""
    cells = [
        [
            f"{row.id} *" if row.id == current else row.id,
            when(row.updated, now=now),
            str(row.messages),
            "/".join(name for name in (row.provider, row.model) if name),
            row.title[:TITLE],
        ]
        for row in rows
    ]
    return ["id", "last", "messages", "model", "title"], cells


def conversation_text(
    row: ConversationRow,
    messages: Iterable[MessageRow],
    *,
    render: Callable[[str], str],
    color: bool,
) -> str:
    """A conversation for a terminal: who, then what; answers as Markdown, marks where one ended
    before its end."""
    parts = [_heading(f"{row.title or row.id}", color=color)]
    parts.append(_dim(f"{row.id}, {local_time(row.created)}, {row.messages} messages", color=color))
    if row.system:
        parts += ["", _heading("System", color=color), clean(row.system)]
    for message in messages:
        parts += ["", _heading(speaker(message), color=color)]
        text = message.text if message.role != "assistant" else ""
        parts.append(clean(text) if text else render(message.text).rstrip("\n"))
        if message.state in STATES:
            parts.append(_dim(f"({mark(message)})", color=color))
    return "\n".join(parts)


def mark(message: MessageRow) -> str:
    """Why an answer is not whole."""
    label = STATES[message.state]
    return f"{label}: {message.error}" if message.state == "error" and message.error else label


def _heading(text: str, *, color: bool) -> str:
    return f"{BOLD}{clean_line(text)}{PLAIN}" if color else clean_line(text)


def _dim(text: str, *, color: bool) -> str:
    return f"{DIM}{clean_line(text)}{PLAIN}" if color else clean_line(text)


def hits_text(hits: Iterable[Hit], *, now: float, color: bool) -> str:
    """Two lines a message: where, and the words in their surroundings."""
    lines = []
    for hit in hits:
        who = hit.model or hit.provider if hit.role == "assistant" else hit.role
        lines.append(
            f"{clean_line(hit.conversation)}  {_dim(when(hit.created, now=now), color=color)}"
            f"  {clean_line(who)}  {_heading(hit.title[:TITLE], color=color)}"
        )
        lines.append("    " + "".join(_piece(*piece, color=color) for piece in hit.snippet))
    return "\n".join(lines)


def _piece(text: str, marked: bool, *, color: bool) -> str:
    plain = clean_line(text)
    return f"{BOLD}{plain}{PLAIN}" if marked and color else plain


def stats_text(stats: Stats) -> str:
    """The whole history on one screen."""
    since = (
        f"{local_time(stats.first)} to {local_time(stats.last)}"
        if stats.first and stats.last
        else ""
    )
    lines = [
        ["conversations", f"{stats.conversations:,}"],
        ["in the trash", f"{stats.trash:,}"],
        ["questions", f"{stats.questions:,}"],
        ["answers", f"{stats.answers:,} ({stats.unfinished:,} not whole)"],
        ["tokens", f"{stats.tokens:,} as far as services counted them"],
        ["time", since],
        ["size", shown_size(stats.size)],
    ]
    text = columns(["", ""], lines).lstrip("\n")
    if not stats.models:
        return text
    cells = [
        [m.provider, m.model, f"{m.answers:,}", f"{m.tokens:,}", short_time(m.first_token_ms)]
        for m in stats.models
    ]
    header = ["provider", "model", "answers", "tokens", "first token"]
    return f"{text}\n\n{columns(header, cells)}"
