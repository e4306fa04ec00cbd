"""Exports conversations: JSON and JSONL with every branch, Markdown and HTML the active branch."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal

from llmchat.language.dates import local_time
from llmchat.store.history.history import History
from llmchat.store.history.labels import ending, hashed, speaker
from llmchat.store.history.rows import ConversationRow, MessageRow, parsed
from llmchat.values.calls import KeptCall
from llmchat.values.events import image_line

FORMAT = "llmchat-history"
VERSION = 1

Form = Literal["markdown", "json", "jsonl", "html"]
FORMS: tuple[Form, ...] = ("markdown", "json", "jsonl", "html")

_OF_THIS_FILE = ("n", "leaf", "messages")  # numbers that have no meaning in another file
_REFERENCES = ("id", "conversation", "parent", "attempts")
_FILE = ("name", "media_type", "size", "sha256")


def export(history: History, rows: Iterable[ConversationRow], *, form: Form) -> Iterator[str]:
    """The text of the export, in pieces."""
    if form == "json":
        return _json(history, rows)
    if form == "jsonl":
        return (json.dumps(portable(history, row), ensure_ascii=False) + "\n" for row in rows)
    if form == "html":
        from llmchat.store.transfer import html  # markdown-it, 15 ms

        return html.document((row, branch_as_it_reads(history, row)) for row in rows)
    return _markdown(history, rows)


def branch_as_it_reads(
    history: History, row: ConversationRow, *, most: int | None = None
) -> list[MessageRow]:
    """The active branch as Markdown: pictures of an answer become lines, and tool calls are
    inserted at their places, with at most `most` characters of each result."""
    branch = history.branch(row)
    calls = history.calls(branch)
    called = [_with_calls(message, calls.get(message.id, ()), most) for message in branch]
    return [_with_pictures(history, message) for message in called]


def _with_calls(message: MessageRow, calls: Sequence[KeptCall], most: int | None) -> MessageRow:
    if not calls:
        return message
    from llmchat.store.transfer.calls import with_calls  # only for answers with calls

    return message._replace(text=with_calls(message.text, calls, most))


def _with_pictures(history: History, message: MessageRow) -> MessageRow:
    if message.role != "assistant" or not message.memory:
        return message
    lines = [image_line(file.name) for file in history.attachments(message.id)]
    text = "\n\n".join(filter(None, [message.text.rstrip("\n"), *lines]))
    return message._replace(text=text)


def portable(history: History, row: ConversationRow) -> dict[str, Any]:
    """A conversation as plain values; its messages are numbered from 1."""
    messages = history.messages(row)
    places = {message.id: place for place, message in enumerate(messages, start=1)}
    calls = history.calls(messages)
    return {
        **{name: value for name, value in row.listed().items() if name not in _OF_THIS_FILE},
        "leaf": places.get(row.leaf or 0),
        "messages": [
            {**_message(history, message, places), **_calls(calls.get(message.id, ()))}
            for message in messages
        ],
    }


def _message(history: History, message: MessageRow, places: dict[int, int]) -> dict[str, Any]:
    fields = {n: v for n, v in message._asdict().items() if n not in _REFERENCES}
    files = history.attachments(message.id) if message.role == "user" or message.memory else []
    return {
        "id": places[message.id],
        "parent": places.get(message.parent or 0),
        **fields,
        "attempts": parsed(message.attempts) or [],
        "data": parsed(message.data),
        "attachments": [{name: getattr(file, name) for name in _FILE} for file in files],
    }


def _calls(calls: Sequence[KeptCall]) -> dict[str, Any]:
    if not calls:
        return {}
    from llmchat.store.history.calls import portable_calls  # as above

    return {"tool_calls": portable_calls(calls)}


def _json(history: History, rows: Iterable[ConversationRow]) -> Iterator[str]:
    yield f'{{"format": "{FORMAT}", "version": {VERSION}, "conversations": ['
    separator = "\n"
    for row in rows:
        yield separator + json.dumps(portable(history, row), ensure_ascii=False)
        separator = ",\n"
    yield "\n]}\n"


def _markdown(history: History, rows: Iterable[ConversationRow]) -> Iterator[str]:
    separator = ""
    for row in rows:
        yield f"{separator}# {row.title or row.id}\n\n"
        yield f"{row.id}, {local_time(row.created)}{hashed(row)}\n"
        if row.system:
            yield f"\n**System**\n\n{row.system}\n"
        for message in branch_as_it_reads(history, row):
            yield f"\n## {speaker(message)}\n\n{message.text}\n"
            if why := ending(message):
                yield f"\n*({why})*\n"
        separator = "\n---\n\n"
