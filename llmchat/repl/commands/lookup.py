"""Finds a command by what was typed: the table, then those of plugins, then the templates."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from llmchat.app.setup.templates import list_templates
from llmchat.language import msg
from llmchat.repl.commands.command import SlashCommand
from llmchat.repl.commands.mistakes import nearest_commands, unknown
from llmchat.repl.commands.models import template
from llmchat.repl.commands.plugins import plugin_commands

if TYPE_CHECKING:
    from llmchat.repl.session import Session


def find_command(session: Session, name: str) -> SlashCommand:
    """What is nearly one is not guessed but told."""
    command = session.commands.get(name)
    if command:
        return command
    others = {other.name: other for other in other_commands(session)}
    if name in others:
        return others[name]
    known = (*session.commands.names, *others)
    raise unknown(name, nearest_commands(name, known))


def other_commands(session: Session) -> list[SlashCommand]:
    """What is not in the table; a name there hides it, and a plugin's one a template."""
    return [*template_commands(session), *plugin_commands(session)]


def template_commands(session: Session) -> list[SlashCommand]:
    """`/NAME` for each template whose name is free."""
    return [
        SlashCommand(t.name, "[TEXT]", t.description or msg("Your template"), partial(_use, t.name))
        for t in list_templates(session.context)[0]
        if session.commands.get(t.name) is None
    ]


async def _use(name: str, session: Session, rest: str) -> None:
    await template(session, f"{name} {rest}")
