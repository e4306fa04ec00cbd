"""The table of all session commands, from which /help, completion and docs are made."""

from __future__ import annotations

from llmchat.language import msg
from llmchat.repl.commands import (
    branches,
    cmd,
    compare,
    conversations,
    files,
    info,
    models,
    schema,
    session,
    settings,
    templates,
    tools,
)
from llmchat.repl.commands.command import Commands

GROUPS = (
    (msg("The conversation"), (branches, compare)),
    (msg("Model and provider"), (models, settings, templates, info, schema)),
    (msg("Tools"), (tools,)),
    (msg("Files, the clipboard, the shell"), (files, cmd)),
    (msg("Other conversations"), (conversations,)),
    (msg("The session"), (session,)),
)


def all_commands() -> Commands:
    return Commands(
        (title, tuple(command for module in modules for command in module.COMMANDS))
        for title, modules in GROUPS
    )
