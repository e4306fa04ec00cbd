"""Commands for the system message, the model's options, and switches of the session."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from llmchat.errors import UsageError
from llmchat.language import ENGLISH, language, msg, use
from llmchat.render.clean import clean_line
from llmchat.render.tables.table import Column, Table
from llmchat.repl.answering.turns import next_instructions
from llmchat.repl.commands.command import SlashCommand
from llmchat.repl.input.completion_item import CompletionItem, by_prefix
from llmchat.settings.values import literal

if TYPE_CHECKING:
    from llmchat.repl.session import Session

NONE = ("none", "-", "off")
SWITCHES = {"on": True, "true": True, "yes": True, "off": False, "false": False, "no": False}
LANGUAGES = ("en", "ru", "zh")
USUAL = ("language", "temperature", "max_tokens", "top_p")


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
    """Sets options of the model, and switches of the session by their own names."""
    name, _, value = rest.partition(" ")
    value, kept = value.strip(), dict(session.conversation.options)
    if not name:
        _show_settings(session)
    elif name in _switches(session):
        _switch(session, name, value)
    elif name == "language":
        _speak(session, value)
    elif value in ("", "none", "default"):
        kept.pop(name, None)
        session.conversation.options = kept
        session.output.hint(msg("{name} reset to default", name=name))
    else:
        kept[name] = literal(value)
        session.conversation.options = kept
        session.output.hint(
            msg("{name} = {options!r} from the next question on", name=name, options=kept[name])
        )


def _switch(session: Session, name: str, value: str) -> None:
    if value and value.lower() not in SWITCHES:
        raise UsageError(
            msg("{name} must be on or off", name=name),
            hint=msg("such as /set {name} on", name=name),
        )
    place, attribute = _switches(session)[name]
    wanted = SWITCHES[value.lower()] if value else not getattr(place, attribute)
    setattr(place, attribute, wanted)
    session.output.hint(
        msg("{name} is {value}", name=name, value=msg("on") if wanted else msg("off"))
    )


def _switches(session: Session) -> dict[str, tuple[object, str]]:
    """The object and attribute that each switch sets."""
    return {
        "vi": (session.line, "vi"),
        "stream": (session.conversation, "stream"),
        "usage": (session, "shows_usage"),
        "raw": (session, "shows_raw"),
    }


def _speak(session: Session, value: str) -> None:
    """Changes the language of messages in this session."""
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
        [name, msg("on") if getattr(*switch) else msg("off")]
        for name, switch in _switches(session).items()
    ]
    rows.append(["language", language()])
    rows += [[name, str(value)] for name, value in session.conversation.options.items()]
    session.output.table(Table((Column("setting", "name"), Column("value")), rows))
    session.output.hint(
        msg("to set an option: /set temperature 0.2; to reset it: /set temperature")
    )


def complete_set(session: Session, typed: str) -> Iterable[CompletionItem]:
    name, space, value = typed.partition(" ")
    if space:
        words = ("on", "off") if name in _switches(session) else ()
        return by_prefix(value, LANGUAGES if name == "language" else words)
    names = (*_switches(session), *session.conversation.options, *USUAL)
    return by_prefix(typed, dict.fromkeys(names))


COMMANDS = (
    SlashCommand("system", "[TEXT]", "Show or change the system message", system),
    SlashCommand(
        "set",
        "[KEY VALUE]",
        "Show or set model options; vi, stream, usage, raw, language",
        set_,
        complete_set,
    ),
)
