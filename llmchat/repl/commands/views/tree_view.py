"""Draws the tree of a conversation: one line per message."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from llmchat.language import msg, translated
from llmchat.render.clean import clean_line
from llmchat.render.width import cut
from llmchat.render.width import width as cell_width
from llmchat.store.history.rows import MessageRow
from llmchat.values.roles import SUMMARY

STATES = {"interrupted": msg(" [stopped]"), "incomplete": msg(" [cut]"), "error": msg(" [failed]")}
DEEPEST = 12  # levels of indentation; a narrow screen has no room for more


def draw_tree(messages: Sequence[MessageRow], active: Collection[int], *, columns: int) -> str:
    """The tree as lines, indented at branches; the numbers are those for /tree N."""
    numbers = {message.id: place for place, message in enumerate(messages, start=1)}
    children: dict[int | None, list[MessageRow]] = {}
    for message in messages:
        children.setdefault(message.parent, []).append(message)
    lines: list[str] = []
    waiting = [(message, 0) for message in reversed(children.get(None, []))]
    while waiting:
        message, depth = waiting.pop()
        mark = "*" if message.id in active else " "
        lines.append(_line(message, numbers[message.id], mark=mark, depth=depth, columns=columns))
        below = children.get(message.id, [])
        deeper = depth + (len(below) > 1)
        waiting += [(child, deeper) for child in reversed(below)]
    return "\n".join(lines)


def _who(message: MessageRow) -> str:
    if message.role in ("user", SUMMARY):
        return msg("you") if message.role == "user" else SUMMARY
    return message.model or message.provider or message.role


def _line(message: MessageRow, number: int, *, mark: str, depth: int, columns: int) -> str:
    indent = "  " * min(depth, DEEPEST)
    who = _who(message)
    start = translated(
        msg(
            "{mark}{number:>3} {indent}{translated}: ",
            mark=mark,
            number=number,
            indent=indent,
            translated=clean_line(translated(who)),
        )
    )
    text = " ".join(message.text[:400].split()) + translated(STATES.get(message.state, ""))
    return start + cut(clean_line(text), max(10, columns - cell_width(start) - 1))
