"""`/squawk` in the session, and `llmchat squawk` on the command line."""

from __future__ import annotations

from llmchat.plugin import CommandLine, PluginCommand, PluginSession


async def in_session(session: PluginSession, rest: str) -> str | None:
    """Repeats the text, or the last answer; a returned text is asked as the next question."""
    session.say(f"Squawk: {rest or session.answer or 'nothing to repeat'}")
    return None


def on_command_line(line: CommandLine) -> int:
    text = " ".join(line.words) or line.read().strip()
    if not text:
        line.tell("nothing to repeat")
        return 2
    line.say(f"Squawk: {text}\n")
    return 0


squawk = PluginCommand("Repeat a text", in_session, on_command_line)
