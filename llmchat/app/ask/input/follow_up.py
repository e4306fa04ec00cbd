"""Follow-up questions: which part of a saved conversation is sent, and which provider is asked.

Why: docs/decisions/0048-continue-with-the-same-provider.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from llmchat.app.run.context import Context
from llmchat.providers import access_of
from llmchat.store.history.rows import ConversationRow, MessageRow
from llmchat.values.messages import sent_part


@dataclass(frozen=True, slots=True)
class FollowUp:
    row: ConversationRow
    branch: Sequence[MessageRow]

    @property
    def texts(self) -> list[str]:
        """The texts that are sent with the question."""
        return [message.text for message in sent_part(self.branch)]


def find_follow_up(context: Context, ref: str) -> FollowUp:
    row = context.history.find(ref)
    return FollowUp(row, context.history.branch(row))


def with_last_provider(context: Context, follow_up: FollowUp) -> Context:
    """Keeps the provider that answered last, unless the command line names another: what was said
    to a local server must not reach the default service. A keyless provider may be replaced."""
    if context.flags.get("provider") or context.flags.get("model"):
        return context
    last = next((m for m in reversed(follow_up.branch) if m.role == "assistant"), None)
    if last is None or last.provider not in context.settings.names:
        return context
    if access_of(last.provider) == "keyless":
        return context
    own = last.requested_model if last.requested_provider == last.provider else ""
    return context.with_provider(last.provider, own)
