"""The command for the schema of answers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from llmchat.language import msg
from llmchat.render.json import json_text
from llmchat.repl.answering.structured import forget_schema, use_schema
from llmchat.repl.commands.command import SlashCommand
from llmchat.repl.input.completion_item import CompletionItem, by_prefix

if TYPE_CHECKING:
    from llmchat.repl.session import Session

OFF = "off"
NONE = (OFF, "none", "-")


async def schema(session: Session, rest: str) -> None:
    if rest in NONE:
        await forget_schema(session)
        session.output.hint(msg("answers are not checked against a schema"))
    elif rest:
        wanted = await use_schema(session, rest)
        named = f" {wanted.schema.name!r}" if wanted.schema.name else ""
        session.output.hint(msg("answers have to match the schema{named} from now on", named=named))
    elif session.wanted is None:
        session.output.say(msg("no schema"))
        session.output.hint(msg("to set one: /schema FILE, JSON, or fields such as name, age int"))
    else:
        session.output.say(json_text(dict(session.wanted.schema.body), tty=True, indent=2))
        session.output.hint(msg("to change: /schema SCHEMA, or /schema off to remove it"))


def complete_schema(session: Session, typed: str) -> Iterable[CompletionItem]:
    return by_prefix(typed, (OFF,))


COMMANDS = (
    SlashCommand(
        "schema",
        "[SCHEMA|off]",
        "Show or set the schema that answers must match",
        schema,
        complete_schema,
    ),
)
