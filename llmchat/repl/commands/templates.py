"""Commands for templates: `/template`, and one for each template."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from llmchat.app.setup.templates import fill_template, list_templates
from llmchat.inputs.mentions import foreign
from llmchat.language import msg
from llmchat.render.tables.table import Column, Table
from llmchat.repl.answering.structured import use_template_schema
from llmchat.repl.answering.turns import send
from llmchat.repl.commands.command import SlashCommand
from llmchat.repl.input.completion_item import CompletionItem
from llmchat.settings.values import literal

if TYPE_CHECKING:
    from llmchat.repl.session import Session


async def template(session: Session, rest: str) -> None:
    """Asks with a template; its provider, system message and options stay set afterwards."""
    name, *words = rest.split() or [""]
    if not name:
        found, broken = list_templates(session.context)
        for error in broken:
            session.context.report.warning(error.message)
        rows = [[t.name, t.description] for t in found]
        session.output.table(Table((Column("template", "name"), Column("")), rows))
        return
    filled = fill_template(session.context, name, words)
    flags = filled.flags({})
    provider, model = session.context.settings.chooser.named(str(flags.get("model") or ""))
    provider = str(flags.get("provider") or provider)
    if provider or model:
        session.choose(provider or session.current.provider, model)
    if flags["system"]:
        session.conversation.system = flags["system"]
    options = {k: literal(v) if isinstance(v, str) else v for k, v in flags["options"].items()}
    session.conversation.options = {**session.conversation.options, **options}
    await use_template_schema(session, filled)
    if filled.words or not filled.needs_text:
        text = filled.prompt(" ".join(filled.words))
        await send(session, foreign(text, session.typed))


def complete_template(session: Session, typed: str) -> Iterable[CompletionItem]:
    for template in list_templates(session.context)[0]:
        if template.name.startswith(typed):
            yield CompletionItem(template.name, len(typed), template.description)


def template_commands(session: Session) -> list[SlashCommand]:
    """`/NAME` for each template whose name is free."""
    return [
        SlashCommand(t.name, "[TEXT]", t.description or msg("Your template"), partial(_use, t.name))
        for t in list_templates(session.context)[0]
        if session.commands.get(t.name) is None
    ]


async def _use(name: str, session: Session, rest: str) -> None:
    await template(session, f"{name} {rest}")


COMMANDS = (
    SlashCommand(
        "template",
        "[NAME ...]",
        "List templates, or use one",
        template,
        complete_template,
        ("t",),
    ),
)
