"""A question that goes on with a kept conversation: what goes along, and who is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from llmchat.app.run import Run
from llmchat.providers import access_of
from llmchat.store.rows import ConversationRow, MessageRow


@dataclass(frozen=True, slots=True)
class FollowUp:
    row: ConversationRow
    branch: Sequence[MessageRow]

    @property
    def texts(self) -> list[str]:
        """What is sent along with the question."""
        return [message.text for message in self.branch]


def find_follow_up(run: Run, ref: str) -> FollowUp:
    row = run.history.find(ref)
    return FollowUp(row, run.history.branch(row))


def going_on(run: Run, follow_up: FollowUp) -> Run:
    """Asks whoever answered last, unless the command line names somebody: what was said to a local
    server is not for the service that happens to be the default. A keyless one may be replaced."""
    if run.flags.get("provider") or run.flags.get("model"):
        return run
    last = next((m for m in reversed(follow_up.branch) if m.role == "assistant"), None)
    if last is None or last.provider not in run.settings.names:
        return run
    if access_of(last.provider) == "keyless":
        return run
    own = last.requested_model if last.requested_provider == last.provider else ""
    return run.told(provider=last.provider, model=own or None)
