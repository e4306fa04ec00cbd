"""Runs the work of commands other than `ask`, and prints the results as JSON, a table or a page."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, TypeVar

from llmchat.app.run.streams import is_terminal, open_stdout
from llmchat.language import translated

if TYPE_CHECKING:
    from llmchat.app.run.bare_context import BareContext
    from llmchat.render.tables.table import Table

Result = TypeVar("Result")


def run_shown(
    context: BareContext, doing: str, work: Callable[[], Coroutine[Any, Any, Result]]
) -> Result:
    """Runs `work`, showing `doing` on stderr meanwhile, and returns its result."""
    from llmchat.app.run import signals  # asyncio: 20 ms

    return signals.run(lambda: context.report.during(doing, work()))


def print_json(context: BareContext, value: object) -> None:
    """Prints a value as JSON; at a terminal control characters are escaped."""
    from llmchat.render.json import json_text  # json: 2 ms

    context.print(json_text(value, tty=is_terminal(context.world.stdout), indent=2))


def print_rows(
    context: BareContext,
    rows: Sequence[Any],
    table: Callable[[], Table],
    *,
    json: bool,
    none: str = "",
) -> None:
    """Prints dataclasses as JSON or as a table; without rows, prints the message `none`."""
    if json:
        print_json(context, [asdict(row) for row in rows])
    elif rows or not none:
        print_table(context, table())
    else:
        context.report.notice(none)


def print_table(context: BareContext, table: Table, *, color: str | None = None) -> None:
    """Prints a table for a person, through the pager if it is long."""
    from llmchat.app.terminal.table_text import table_text

    print_page(context, table_text(context, table, color=color))


def write_text(context: BareContext, text: str) -> None:
    """Writes foreign text: unchanged into a pipe, cleaned on a terminal."""
    from llmchat.render.clean import clean
    from llmchat.render.plain import write_whole

    stdout = open_stdout(context.world.stdout)
    tty = is_terminal(stdout)
    write_whole(stdout, clean(text) if tty else text, tty=tty)


def print_page(context: BareContext, text: str) -> None:
    """Prints a text, through the person's pager at a terminal."""
    stdout, environ = context.world.stdout, context.world.environ
    if not is_terminal(stdout):
        context.print(text)
        return
    text = translated(text)
    from llmchat.app.terminal.pager import page
    from llmchat.render.terminal.screen import size_of

    page(text, stdout, height=size_of(stdout, environ).rows, environ=environ)
