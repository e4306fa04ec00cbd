"""`llmchat history show --data`: prints the JSON of saved answers that matched a schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmchat.app.run.streams import is_terminal
from llmchat.cli.output import print_json
from llmchat.errors import NothingFound
from llmchat.language import msg
from llmchat.render.json import json_text
from llmchat.store.history.rows import parsed

if TYPE_CHECKING:
    from llmchat.app.run.bare_context import BareContext


def print_data(context: BareContext, ref: str, *, as_list: bool) -> None:
    """Prints the JSON of the active branch's answers in order: one per line into a pipe, indented
    at a terminal, or as one list with --json."""
    branch = context.history.branch(context.history.find(ref))
    told = (parsed(message.data) for message in branch)
    found = [data for data in told if data is not None]
    if as_list:
        print_json(context, found)
    tty = is_terminal(context.world.stdout)
    for value in () if as_list else found:
        context.print(json_text(value, tty=tty, indent=2 if tty else None))
    if not found:
        raise NothingFound(
            msg("this conversation contains no schema data"),
            hint=msg("llmchat history list --schema"),
        )
