"""Renders a table for stdout: drawn on a terminal, plain columns in a pipe."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from llmchat.app.run.bare_context import BareContext
from llmchat.app.run.streams import is_colored, is_terminal

if TYPE_CHECKING:
    from llmchat.render.tables.table import Table


def table_text(context: BareContext, table: Table, *, color: str | None = None) -> str:
    """The table as text; `color` is the flag of a command that reads no settings. Translated for a
    terminal, in English for a pipe."""
    stdout, environ = context.world.stdout, context.world.environ
    colour = is_colored(stdout, environ, color or context.color)
    if not (colour or is_terminal(stdout)):
        from llmchat.render.tables.columns import columns

        return columns(table)
    from llmchat.render.tables.listing import render_table  # Rich: 50 ms
    from llmchat.render.tables.table import in_language
    from llmchat.render.terminal.screen import screen_for

    screen = screen_for(stdout, environ, colour=colour)
    table = in_language(table) if is_terminal(stdout) else table
    return render_table(table, replace(screen, attributes=colour), context.theme)
