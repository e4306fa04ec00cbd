"""Labels for states and speakers, wherever the history is shown."""

from __future__ import annotations

from llmchat.language import msg
from llmchat.store.history.rows import ConversationRow, MessageRow
from llmchat.values.roles import SUMMARY

STATES = {
    "interrupted": msg("interrupted"),
    "incomplete": msg("incomplete: the stream was cut"),
    "error": msg("failed"),
    "streaming": msg("still being written"),
}

LEFT_OUT = msg("From here on, earlier messages are not sent")


def ending(message: MessageRow) -> str:
    """Why an answer is incomplete; "" for a complete one."""
    if message.finish_reason == "tool_limit":
        return msg("incomplete: too many rounds of tool calls")
    return STATES.get(message.state, "")


def hashed(row: ConversationRow) -> str:
    """The tags, to append to other facts: `, #work #sorting`."""
    return ", " + " ".join(f"#{tag}" for tag in row.tag_list) if row.tags else ""


def speaker(message: MessageRow) -> str:
    """Who wrote the message: `You`, or the model that answered."""
    if message.role == SUMMARY:
        return msg("Summary, sent instead of the earlier messages") if message.text else LEFT_OUT
    if message.role != "assistant":
        return {"user": msg("You")}.get(message.role, message.role.capitalize())
    model = message.model or message.requested_model
    return "/".join(name for name in (message.provider, model) if name) or msg("Answer")
