"""Every command of the session in one table, from which /help, completion and docs are made."""

from __future__ import annotations

from llmchat.repl.commands import branches, conversations, files, models, session, tools
from llmchat.repl.commands.command import Commands


def all_commands() -> Commands:
    return Commands(
        (
            ("The conversation", branches.COMMANDS),
            ("Model and provider", models.COMMANDS),
            ("Tools", tools.COMMANDS),
            ("Files and the clipboard", files.COMMANDS),
            ("Other conversations", conversations.COMMANDS),
            ("The session", session.COMMANDS),
        )
    )
