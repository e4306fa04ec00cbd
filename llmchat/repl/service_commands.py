"""Commands about who answers and how: provider, model, system message, options, templates."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from llmchat.errors import UsageError
from llmchat.inputs.tokens import estimate_tokens, window_of
from llmchat.repl.commands import Command, Option
from llmchat.repl.fuzzy import fuzzy
from llmchat.repl.provenance import last_turn, provenance
from llmchat.settings.values import literal

if TYPE_CHECKING:
    from llmchat.repl.session import Session

NONE = ("none", "-", "off")
SWITCHES = {"on": True, "true": True, "yes": True, "off": False, "false": False, "no": False}


async def model(session: Session, rest: str) -> None:
    services = session.outside.services
    if not rest:
        session.voice.say(f"{session.present.who()} answers")
        session.voice.hint("/model MODEL or PROVIDER/MODEL, with Tab; /provider lists who there is")
        return
    present = session.present.provider
    known = rest in services.models(present)  # openrouter's openai/gpt-4o is one name
    provider, name = (present, rest) if known else services.split(rest)
    session.ask_from(provider or session.present.provider, name)


async def provider(session: Session, rest: str) -> None:
    names = session.outside.services.providers()
    if not rest:
        session.voice.say(
            "  ".join(f"{n} *" if n == session.present.provider else n for n in names)
        )
        return
    session.ask_from(rest, "")


def complete_model(session: Session, typed: str) -> Iterable[Option]:
    """Models of the present provider by name, all others with their provider."""
    services = session.outside.services
    found: list[str] = list(services.models(session.present.provider))
    for name in services.providers():
        found += [f"{name}/{model}" for model in services.models(name)]
    return (Option(name, len(typed)) for name in fuzzy(typed, dict.fromkeys(found)))


def complete_provider(session: Session, typed: str) -> Iterable[Option]:
    return (Option(n, len(typed)) for n in fuzzy(typed, session.outside.services.providers()))


async def system(session: Session, rest: str) -> None:
    if rest:
        session.talk.system = "" if rest in NONE else rest
    session.voice.say(session.talk.system or "no system message")
    if not rest:
        session.voice.hint("/system TEXT sets it, /system none takes it away")


async def set_(session: Session, rest: str) -> None:
    """Options of the model; and what the session itself does, under names of its own."""
    name, _, value = rest.partition(" ")
    value = value.strip()
    if not name:
        _show_settings(session)
    elif name in ("vi", "stream", "usage", "raw"):
        _switch(session, name, value)
    elif value in ("", "none", "default"):
        session.talk.options = {k: v for k, v in session.talk.options.items() if k != name}
        session.voice.hint(f"{name} is as the settings say")
    else:
        session.talk.options = {**session.talk.options, name: literal(value)}
        session.voice.hint(f"{name} = {session.talk.options[name]!r} from the next question on")


def _switch(session: Session, name: str, value: str) -> None:
    before = _switches(session)[name]
    if value and value.lower() not in SWITCHES:
        raise UsageError(f"{name} is on or off", hint=f"/set {name} on")
    wanted = SWITCHES[value.lower()] if value else not before
    if name == "vi":
        session.line.vi = wanted
    elif name == "stream":
        session.talk.stream = wanted
    elif name == "usage":
        session.shows_usage = wanted
    else:
        session.shows_raw = wanted
    session.voice.hint(f"{name} is {'on' if wanted else 'off'}")


def _switches(session: Session) -> dict[str, bool]:
    return {
        "vi": session.line.vi,
        "stream": session.talk.stream,
        "usage": session.shows_usage,
        "raw": session.shows_raw,
    }


def _show_settings(session: Session) -> None:
    rows = [[name, "on" if is_on else "off"] for name, is_on in _switches(session).items()]
    rows += [[name, str(value)] for name, value in session.talk.options.items()]
    session.voice.rows(["setting", "value"], rows)
    session.voice.hint("/set temperature 0.2 sends an option along, /set temperature takes it away")


def complete_set(session: Session, typed: str) -> Iterable[Option]:
    names = [*_switches(session), *session.talk.options, "temperature", "max_tokens", "top_p"]
    if " " in typed:
        name, _, value = typed.partition(" ")
        wanted = ("on", "off") if name in _switches(session) else ()
        return (Option(v, len(value)) for v in wanted if v.startswith(value))
    return (Option(n, len(typed)) for n in dict.fromkeys(names) if n.startswith(typed))


async def template(session: Session, rest: str) -> None:
    services = session.outside.services
    name, *words = rest.split()[:1] + rest.split()[1:] or [""]
    if not name:
        session.voice.rows(["template", ""], [list(row) for row in services.templates()])
        return
    filled = services.fill(name, words)
    if filled.provider or filled.model:
        session.ask_from(filled.provider or session.present.provider, filled.model)
    if filled.system:
        session.talk.system = filled.system
    if filled.options:
        session.talk.options = {**session.talk.options, **filled.options}
    if filled.text.strip():
        await session.send(filled.text)


def complete_template(session: Session, typed: str) -> Iterable[Option]:
    for name, about in session.outside.services.templates():
        if name.startswith(typed):
            yield Option(name, len(typed), about)


async def tokens(session: Session, rest: str) -> None:
    """What the services counted, and an estimate of what the next question sends along."""
    said = [s.message.text for s in session.talk.branch]
    estimate = sum(estimate_tokens(text) for text in [session.talk.system, *said])
    session.voice.say(f"the next question sends about {estimate:,} tokens of history along")
    turn = last_turn(session)
    window = session.outside.services.window(session.present.provider) or window_of(
        (turn and turn.model) or session.talk.model
    )
    if window:
        session.voice.say(f"the model holds {window:,} tokens: {estimate / window:.0%} are used")
    if session.counted:
        session.voice.say(f"counted by the services in this session: {session.counted:,} tokens")


async def info(session: Session, rest: str) -> None:
    turn = last_turn(session)
    rows = [["conversation", session.talk.id], ["title", session.present.title or "none yet"]]
    rows += [["asked", session.present.who()], *(provenance(turn) if turn else ())]
    session.voice.rows(["turn", ""], rows)


COMMANDS = (
    Command("model", "[MODEL]", "shows or changes the model", model, complete_model, ("m",)),
    Command(
        "provider", "[NAME]", "lists or changes the provider", provider, complete_provider, ("p",)
    ),
    Command("system", "[TEXT]", "shows or changes the system message", system),
    Command(
        "set", "[KEY VALUE]", "options of the model; vi, stream, usage, raw", set_, complete_set
    ),
    Command(
        "template",
        "[NAME ...]",
        "lists templates, or uses one",
        template,
        complete_template,
        ("t",),
    ),
    Command("tokens", "", "how much of the model's window is used", tokens),
    Command("info", "", "where the last answer came from", info),
)
