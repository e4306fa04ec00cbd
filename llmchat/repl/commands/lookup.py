"""Finds a command by name: first in the table, then among those of plugins, then among
templates."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from llmchat.errors import UsageError
from llmchat.repl.commands.command import SlashCommand
from llmchat.repl.commands.mistyped import nearest_commands, unknown
from llmchat.repl.commands.plugins import plugin_commands
from llmchat.repl.commands.templates import template_commands

if TYPE_CHECKING:
    from llmchat.repl.session import Session


def find_command(
    session: Session, name: str, *, refusal: Callable[[str, list[str]], UsageError] = unknown
) -> SlashCommand:
    """The command with this name; for a misspelt name, an error with a suggestion."""
    command = session.commands.get(name)
    if command:
        return command
    others = {other.name: other for other in other_commands(session)}
    if name in others:
        return others[name]
    known = (*session.commands.names, *others)
    raise refusal(name, nearest_commands(name, known))


def other_commands(session: Session) -> list[SlashCommand]:
    """The commands of plugins and templates. Built-in names take precedence, then those of
    plugins."""
    return [*template_commands(session), *plugin_commands(session)]
