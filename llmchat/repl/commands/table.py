"""Every command of the session in one table, from which /help, completion and docs are made."""

from __future__ import annotations

from llmchat.repl.commands import (
    branches,
    cmd,
    compare,
    conversations,
    files,
    models,
    schema,
    session,
    tools,
)
from llmchat.repl.commands.command import Commands


def all_commands() -> Commands:
    return Commands(
        (
            ("The conversation", (*branches.COMMANDS, *compare.COMMANDS)),
            ("Model and provider", (*models.COMMANDS, *schema.COMMANDS)),
            ("Tools", tools.COMMANDS),
            ("Files, the clipboard, the shell", (*files.COMMANDS, *cmd.COMMANDS)),
            ("Other conversations", conversations.COMMANDS),
            ("The session", session.COMMANDS),
        )
    )
