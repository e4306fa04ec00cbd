"""The names of states, speakers and times, wherever people read the history."""

from __future__ import annotations

from llmchat.store.history.rows import MessageRow

STATES = {
    "interrupted": "interrupted",
    "incomplete": "incomplete: the stream was cut",
    "error": "failed",
    "streaming": "still being written",
}


def speaker(message: MessageRow) -> str:
    """Who said it: `You`, or the model that answered."""
    if message.role != "assistant":
        return {"user": "You"}.get(message.role, message.role.capitalize())
    model = message.model or message.requested_model
    return "/".join(name for name in (message.provider, model) if name) or "Answer"
