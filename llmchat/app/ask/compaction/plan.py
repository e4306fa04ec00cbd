"""Chooses which turns are summarized and which are kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmchat.app.ask.compaction.room import estimated
from llmchat.errors import UsageError
from llmchat.language import msg
from llmchat.values.messages import Message
from llmchat.values.roles import SUMMARY

if TYPE_CHECKING:
    from llmchat.conversation.branch import BranchMessage
    from llmchat.conversation.conversation import Conversation

KEPT_TURNS = 4  # kept word for word, or half of the turns if there are fewer
KEPT_SHARE = 0.3  # of the limit, at most, for the kept turns


@dataclass(frozen=True, slots=True)
class Fold:
    """What to summarize: `before` is the earlier summary; the last `keeps` messages are kept."""

    before: str
    older: tuple[BranchMessage, ...]
    keeps: int

    @property
    def messages(self) -> Iterable[Message]:
        """The messages to summarize as they were sent, with results of tools."""
        return _sent(self.older)


def plan(conversation: Conversation, *, turns: int | None = None, most: int = 0) -> Fold:
    """A plan that keeps the last `turns`, by default the usual number, as far as they fit into
    `most` tokens (0: no limit)."""
    sent = list(conversation.sent)
    before = sent.pop(0).message.text if sent and sent[0].role == SUMMARY else ""
    starts = [n for n, entry in enumerate(sent) if entry.role == "user"]
    if turns is None:
        turns = min(KEPT_TURNS, len(starts) // 2)
        while turns and most and estimated(m.text for m in _sent(sent[starts[-turns] :])) > most:
            turns -= 1
    first = _first_kept(starts, turns, len(sent))
    if not first:
        raise UsageError(
            msg("nothing to compact"), hint=msg("the whole conversation would be kept unchanged")
        )
    return Fold(before, tuple(sent[:first]), len(sent) - first)


def _sent(entries: Iterable[BranchMessage]) -> Iterable[Message]:
    return (message for entry in entries for message in entry.messages)


def _first_kept(starts: Sequence[int], turns: int, count: int) -> int:
    if turns == 0:
        return count
    return starts[-turns] if turns < len(starts) else 0
