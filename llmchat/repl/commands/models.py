"""Commands for provider, model and effort."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from llmchat.app.models import ListedModel, list_models, model_names, provider_names
from llmchat.errors import UsageError
from llmchat.language import msg
from llmchat.render.tables.table import Column, Row, Table
from llmchat.repl.commands.command import SlashCommand
from llmchat.repl.input.completion_item import CompletionItem, by_prefix, fuzzy
from llmchat.values.endpoint import EFFORTS

if TYPE_CHECKING:
    from llmchat.repl.session import Session

DEFAULT = "default"


async def model(session: Session, rest: str) -> None:
    if not rest:
        session.output.say(session.current.who())
        session.output.hint(
            msg(
                "to change: /model MODEL or PROVIDER/MODEL (Tab completes); /provider lists "
                "providers"
            )
        )
        return
    session.choose(*named_model(session, rest))


def named_model(session: Session, text: str) -> tuple[str, str]:
    """Provider and model from a typed name; a bare name is a model of the current provider."""
    current = session.current.provider
    if text in model_names(session.context, current):  # openrouter's openai/gpt-4o is one name
        return current, text
    provider, name = session.context.settings.chooser.named(text)
    return provider or current, name


async def provider(session: Session, rest: str) -> None:
    if rest:
        session.choose(rest, "")
        return
    current = session.current.provider
    columns = (Column("provider", "id"), Column("access"), Column("model", "name"))
    rows: dict[str, Row] = {}
    for listed in list_models(session.context):
        if listed.default or listed.provider not in rows:
            rows[listed.provider] = _provider_row(listed, current)
    session.output.table(Table(columns, [*rows.values()]))
    session.output.hint(msg("to change: /provider NAME; * marks the current one"))


def _provider_row(listed: ListedModel, current: str) -> Row:
    name, access = listed.provider, listed.needs
    return [
        f"{name} *" if name == current else name,
        msg("{access}, signed in", access=access) if listed.signed_in else access,
        listed.model,
    ]


def complete_model(session: Session, typed: str) -> Iterable[CompletionItem]:
    """Completes the current provider's models by name, all others as PROVIDER/MODEL."""
    found = model_names(session.context, session.current.provider)
    found += [f"{row.provider}/{row.model}" for row in list_models(session.context) if row.model]
    return fuzzy(typed, dict.fromkeys(found))


def complete_provider(session: Session, typed: str) -> Iterable[CompletionItem]:
    return fuzzy(typed, provider_names(session.context))


async def effort(session: Session, rest: str) -> None:
    """Sets how much the model reasons, from the next question on."""
    level = rest.strip().lower()
    if level and level not in (*EFFORTS, DEFAULT):
        raise UsageError(
            msg("effort must be one of {efforts}", efforts=", ".join(EFFORTS)),
            hint=msg("such as /effort high"),
        )
    if level:
        session.conversation.effort = "" if level == DEFAULT else level
    session.output.say(session.conversation.effort or DEFAULT)
    if not level:
        session.output.hint(
            msg(
                "/effort LEVEL ({efforts}) changes it, /effort default resets it",
                efforts=", ".join(EFFORTS),
            )
        )


def complete_effort(session: Session, typed: str) -> Iterable[CompletionItem]:
    return by_prefix(typed, (*EFFORTS, DEFAULT))


COMMANDS = (
    SlashCommand("model", "[MODEL]", "Show or change the model", model, complete_model, ("m",)),
    SlashCommand(
        "provider",
        "[NAME]",
        "List providers, or change the provider",
        provider,
        complete_provider,
        ("p",),
    ),
    SlashCommand(
        "effort", "[LEVEL]", "Show or change how much the model reasons", effort, complete_effort
    ),
)
