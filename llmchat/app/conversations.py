"""What `llmchat history` shows: conversations, hits and numbers, as text for people."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from llmchat.render.clean import clean, clean_line
from llmchat.render.columns import columns
from llmchat.store.history.labels import STATES, local_time, speaker
from llmchat.store.history.rows import ConversationRow, Hit, MessageRow

if TYPE_CHECKING:
    from llmchat.store.history.stats import Stats

TITLE = 60
BOLD, PLAIN = "\x1b[1m", "\x1b[0m"
DIM = "\x1b[2m"
_UNITS = ("B", "kB", "MB", "GB", "TB")


def table(rows: Sequence[ConversationRow], *, now: float) -> str:
    """One line a conversation, the newest first."""
    cells = [
        [row.id, when(row.updated, now=now), _count(row), answered_by(row), row.title[:TITLE]]
        for row in rows
    ]
    return columns(["id", "last", "messages", "model", "title"], cells)


def _count(row: ConversationRow) -> str:
    return str(row.messages)


def answered_by(row: ConversationRow) -> str:
    return "/".join(name for name in (row.provider, row.model) if name)


def when(moment: float, *, now: float) -> str:
    """`today 14:02`, `yesterday 09:15`, else the day; local time."""
    there, today = time.localtime(moment), time.localtime(now)
    clock = time.strftime("%H:%M", there)
    if there[:3] == today[:3]:
        return f"today {clock}"
    if there[:3] == time.localtime(now - 86400)[:3]:
        return f"yesterday {clock}"
    return local_time(moment)


def size(count: float) -> str:
    """Bytes as people say them: `512 B`, `4.2 MB`."""
    unit = 0
    while count >= 1000 and unit < len(_UNITS) - 1:
        count /= 1000
        unit += 1
    return f"{count:.0f} B" if unit == 0 else f"{count:.1f} {_UNITS[unit]}"


def shown(
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
    said = STATES[message.state]
    return f"{said}: {message.error}" if message.state == "error" and message.error else said


def _heading(text: str, *, color: bool) -> str:
    return f"{BOLD}{clean_line(text)}{PLAIN}" if color else clean_line(text)


def _dim(text: str, *, color: bool) -> str:
    return f"{DIM}{clean_line(text)}{PLAIN}" if color else clean_line(text)


def found(hits: Iterable[Hit], *, now: float, color: bool) -> str:
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


def numbers(stats: Stats) -> str:
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
        ["size", size(stats.size)],
    ]
    text = columns(["", ""], lines).lstrip("\n")
    if not stats.models:
        return text
    cells = [
        [m.provider, m.model, f"{m.answers:,}", f"{m.tokens:,}", _first_token(m.first_token_ms)]
        for m in stats.models
    ]
    header = ["provider", "model", "answers", "tokens", "first token"]
    return f"{text}\n\n{columns(header, cells)}"


def _first_token(ms: int | None) -> str:
    return "" if ms is None else f"{ms / 1000:.1f} s"
