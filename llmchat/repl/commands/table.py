"""Every command of the session in one table, from which /help, completion and docs are made."""

from __future__ import annotations

from llmchat.language import msg
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
            (msg("The conversation"), (*branches.COMMANDS, *compare.COMMANDS)),
            (msg("Model and provider"), (*models.COMMANDS, *schema.COMMANDS)),
            (msg("Tools"), tools.COMMANDS),
            (msg("Files, the clipboard, the shell"), (*files.COMMANDS, *cmd.COMMANDS)),
            (msg("Other conversations"), conversations.COMMANDS),
            (msg("The session"), session.COMMANDS),
        )
    )
