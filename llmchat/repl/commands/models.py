"""Commands for provider, model, effort, system message, options and templates."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from llmchat.app.models import (
    ListedModel,
    known_window,
    list_models,
    model_names,
    provider_names,
)
from llmchat.app.templates import fill_template, list_templates
from llmchat.app.tokens import can_count, count_tokens
from llmchat.errors import LlmchatError, UsageError
from llmchat.inputs.mentions import foreign
from llmchat.inputs.tokens import estimate_tokens, window_of
from llmchat.language import ENGLISH, language, msg, use
from llmchat.render.clean import clean_line
from llmchat.render.tables.table import Column, Row, Table
from llmchat.repl.answering.instructions import next_instructions
from llmchat.repl.answering.structured import use_template_schema
from llmchat.repl.answering.turns import send
from llmchat.repl.commands.command import SlashCommand
from llmchat.repl.commands.views.provenance import last_turn, provenance
from llmchat.repl.commands.views.spent import spent_rows
from llmchat.repl.input.fuzzy import fuzzy
from llmchat.repl.input.option import Option
from llmchat.settings.values import literal
from llmchat.values.endpoint import EFFORTS

if TYPE_CHECKING:
    from llmchat.repl.session import Session

DEFAULT = "default"
NONE = ("none", "-", "off")
SWITCHES = {"on": True, "true": True, "yes": True, "off": False, "false": False, "no": False}


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
    """Provider and model; a bare name is a model of the present provider."""
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


def complete_model(session: Session, typed: str) -> Iterable[Option]:
    """Models of the present provider by name, all others with their provider."""
    found = model_names(session.context, session.current.provider)
    found += [f"{row.provider}/{row.model}" for row in list_models(session.context) if row.model]
    return (Option(name, len(typed)) for name in fuzzy(typed, dict.fromkeys(found)))


def complete_provider(session: Session, typed: str) -> Iterable[Option]:
    return (Option(n, len(typed)) for n in fuzzy(typed, provider_names(session.context)))


async def system(session: Session, rest: str) -> None:
    if rest:
        session.conversation.system = "" if rest in NONE else rest
    session.output.say(session.conversation.system or msg("no system message"))
    if names := (await next_instructions(session)).names:
        session.output.hint(
            msg("and the instructions in {names}", names=clean_line(", ".join(names)))
        )
    if not rest:
        session.output.hint(msg("to change: /system TEXT, or /system none to remove it"))


async def set_(session: Session, rest: str) -> None:
    """Options of the model; and what the session itself does, under names of its own."""
    name, _, value = rest.partition(" ")
    value = value.strip()
    if not name:
        _show_settings(session)
    elif name in ("vi", "stream", "usage", "raw"):
        _switch(session, name, value)
    elif name == "language":
        _speak(session, value)
    elif value in ("", "none", "default"):
        session.conversation.options = {
            k: v for k, v in session.conversation.options.items() if k != name
        }
        session.output.hint(msg("{name} reset to default", name=name))
    else:
        session.conversation.options = {**session.conversation.options, name: literal(value)}
        session.output.hint(
            msg(
                "{name} = {options!r} from the next question on",
                name=name,
                options=session.conversation.options[name],
            )
        )


async def effort(session: Session, rest: str) -> None:
    """How much the model thinks, from the next question on."""
    level = rest.strip().lower()
    if level and level not in (*EFFORTS, DEFAULT):
        raise UsageError(
            msg("effort must be one of {efforts}", efforts=", ".join(EFFORTS)),
            hint=msg("such as /effort high"),
        )
    if level:
        session.conversation.effort = "" if level == DEFAULT else level
    session.output.say(session.conversation.effort or msg("effort reset to default"))
    if not level:
        session.output.hint(
            msg(
                "/effort LEVEL ({efforts}) changes it, /effort default resets it",
                efforts=", ".join(EFFORTS),
            )
        )


def complete_effort(session: Session, typed: str) -> Iterable[Option]:
    return (Option(n, len(typed)) for n in (*EFFORTS, DEFAULT) if n.startswith(typed))


def _switch(session: Session, name: str, value: str) -> None:
    before = _switches(session)[name]
    if value and value.lower() not in SWITCHES:
        raise UsageError(
            msg("{name} must be on or off", name=name),
            hint=msg("such as /set {name} on", name=name),
        )
    wanted = SWITCHES[value.lower()] if value else not before
    if name == "vi":
        session.line.vi = wanted
    elif name == "stream":
        session.conversation.stream = wanted
    elif name == "usage":
        session.shows_usage = wanted
    else:
        session.shows_raw = wanted
    session.output.hint(
        msg("{name} is {value}", name=name, value=msg("on") if wanted else msg("off"))
    )


def _switches(session: Session) -> dict[str, bool]:
    return {
        "vi": session.line.vi,
        "stream": session.conversation.stream,
        "usage": session.shows_usage,
        "raw": session.shows_raw,
    }


def _speak(session: Session, value: str) -> None:
    """Messages of this session in another language."""
    from llmchat.language.choice import SPOKEN, spoken  # only here

    if value and value not in SPOKEN and spoken(value) == ENGLISH:
        raise UsageError(
            msg("llmchat does not speak {value}", value=value), hint=msg("use one of: en, ru, zh")
        )
    if value:
        use(lambda: spoken(value))
    session.output.hint(msg("language is {language}", language=language()))


def _show_settings(session: Session) -> None:
    rows = [
        [name, msg("on") if is_on else msg("off")] for name, is_on in _switches(session).items()
    ]
    rows += [[name, str(value)] for name, value in session.conversation.options.items()]
    session.output.table(Table((Column("setting", "name"), Column("value")), rows))
    session.output.hint(
        msg("to set an option: /set temperature 0.2; to reset it: /set temperature")
    )


def complete_set(session: Session, typed: str) -> Iterable[Option]:
    names = [
        *_switches(session),
        *session.conversation.options,
        "language",
        "temperature",
        "max_tokens",
        "top_p",
    ]
    if " " in typed:
        name, _, value = typed.partition(" ")
        wanted = ("on", "off") if name in _switches(session) else _languages(name)
        return (Option(v, len(value)) for v in wanted if v.startswith(value))
    return (Option(n, len(typed)) for n in dict.fromkeys(names) if n.startswith(typed))


def _languages(name: str) -> tuple[str, ...]:
    return ("en", "ru", "zh") if name == "language" else ()


async def template(session: Session, rest: str) -> None:
    """Asks with a template; what it says of provider, system and options stays."""
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


def complete_template(session: Session, typed: str) -> Iterable[Option]:
    for template in list_templates(session.context)[0]:
        if template.name.startswith(typed):
            yield Option(template.name, len(typed), template.description)


async def tokens(session: Session, rest: str) -> None:
    """What the services counted, and an estimate of what is sent with the next question."""
    texts = [session.conversation.whole_system, *session.conversation.texts]
    exact = await session.while_listening(_count(session, texts))
    used = sum(map(estimate_tokens, texts)) if exact is None else exact
    shown = msg("about {n:,}", n=used) if exact is None else msg("{n:,}", n=used)
    rows: list[Row] = [[msg("sent with the next question"), shown, ""]]
    turn = last_turn(session)
    model = (turn and turn.model) or session.conversation.model
    provider = session.conversation.provider.id
    window = known_window(session.context, provider, model) or window_of(model)
    if window:
        share = used / window
        rows.append(
            [msg("of the context window, {share:.0%}", share=share), f"{window:,}", min(1.0, share)]
        )
    rows += await spent_rows(session)
    columns = (Column(""), Column("tokens", "number"), Column("", "bar"))
    session.output.table(Table(columns, rows))


async def _count(session: Session, texts: Sequence[str]) -> int | None:
    """As the service counts; None where it does not, or nobody is signed in."""
    context, name = session.current.context, session.conversation.provider.id
    if not can_count(context, name):
        return None
    try:
        return (await count_tokens(context, name, session.conversation.model, texts)).tokens
    except LlmchatError as error:
        context.report.notice(
            msg("{name} cannot count tokens: {message}", name=name, message=error.message)
        )
        return None


async def info(session: Session, rest: str) -> None:
    turn = last_turn(session)
    rows = [
        [msg("conversation"), session.conversation.id],
        [msg("title"), session.current.title or msg("none yet")],
    ]
    if names := (await next_instructions(session)).names:
        rows.append([msg("instructions"), ", ".join(names)])
    rows += [[msg("asked"), session.current.who()], *(provenance(turn) if turn else ())]
    session.output.table(Table((Column("", "id"), Column("")), rows))


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
    SlashCommand("system", "[TEXT]", "Show or change the system message", system),
    SlashCommand(
        "set",
        "[KEY VALUE]",
        "Show or set model options; vi, stream, usage, raw, language",
        set_,
        complete_set,
    ),
    SlashCommand(
        "template",
        "[NAME ...]",
        "List templates, or use one",
        template,
        complete_template,
        ("t",),
    ),
    SlashCommand("tokens", "", "Show how much of the context window is used", tokens),
    SlashCommand("info", "", "Show where the last answer came from", info),
)
