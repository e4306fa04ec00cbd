"""Calls of earlier turns: each with its result, or as text in a request without tools.

Why: docs/decisions/0120-tools-on-two-wires.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from llmchat.values.calls import ToolCall
from llmchat.values.messages import Message

NO_RESULT = "no result: the call was interrupted"
ANSWER_NOW = "Answer with these results."


@dataclass(frozen=True, slots=True)
class CalledRound:
    """An assistant message with calls, and their results in the same order."""

    message: Message
    results: tuple[str, ...]


def rounds(messages: Sequence[Message]) -> Iterator[Message | CalledRound]:
    """The messages, with calls and results grouped. Every service refuses a call without a result
    and the reverse: a missing result is replaced by a text that says so, a stray result is left
    out."""
    place = 0
    while place < len(messages):
        message = messages[place]
        place += 1
        if not message.calls:
            if message.call is None:
                yield message
            continue
        end = place
        while end < len(messages) and messages[end].call is not None:
            end += 1
        yield CalledRound(message, tuple(_results(message.calls, messages[place:end])))
        place = end


def _results(calls: Sequence[ToolCall], answers: Sequence[Message]) -> Iterator[str]:
    left = list(answers)
    for call in calls:
        mine = next((a for a in left if a.call is not None and a.call.id == call.id), None)
        if mine is None:
            yield NO_RESULT
        else:
            left.remove(mine)
            yield mine.text or "(empty)"


def in_words(messages: Sequence[Message]) -> tuple[Message, ...]:
    """The messages without calls: the following answer begins with a text about the calls and their
    results. This is not added to the person's messages, which a model trusts more."""
    said: list[Message] = []
    told = False  # whether the last message is about calls
    for entry in rounds(messages):
        message = _told(entry) if isinstance(entry, CalledRound) else entry
        if told and message.role == "assistant":
            text = "\n\n".join(filter(None, (said[-1].text, message.text)))
            said[-1] = Message("assistant", text, message.attachments)
        else:
            said.append(message)
        told = isinstance(entry, CalledRound)
    if told:
        said.append(Message("user", ANSWER_NOW))
    return tuple(said)


def _told(called: CalledRound) -> Message:
    notes = (
        f"[The tool {call.name} was called with {call.arguments} and returned: {result}]"
        for call, result in zip(called.message.calls, called.results, strict=True)
    )
    text = "\n\n".join(filter(None, (called.message.text, *notes)))
    return Message("assistant", text, called.message.attachments)
