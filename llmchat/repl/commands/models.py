"""Commands about who answers and how: provider, model, system message, options, templates."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from llmchat.errors import UsageError
from llmchat.inputs.tokens import estimate_tokens, window_of
from llmchat.repl.commands.provenance import last_turn, provenance
from llmchat.repl.commands.table import Option, SlashCommand
from llmchat.repl.input.fuzzy import fuzzy
from llmchat.settings.values import literal

if TYPE_CHECKING:
    from llmchat.repl.session import Session

NONE = ("none", "-", "off")
SWITCHES = {"on": True, "true": True, "yes": True, "off": False, "false": False, "no": False}


async def model(session: Session, rest: str) -> None:
    services = session.host.services
    if not rest:
        session.output.say(f"{session.current.who()} answers")
        session.output.hint(
            "/model MODEL or PROVIDER/MODEL, with Tab; /provider lists who there is"
        )
        return
    current = session.current.provider
    known = rest in services.models(current)  # openrouter's openai/gpt-4o is one name
    provider, name = (current, rest) if known else services.split(rest)
    session.ask_from(provider or session.current.provider, name)


async def provider(session: Session, rest: str) -> None:
    names = session.host.services.providers()
    if not rest:
        session.output.say(
            "  ".join(f"{n} *" if n == session.current.provider else n for n in names)
        )
        return
    session.ask_from(rest, "")


def complete_model(session: Session, typed: str) -> Iterable[Option]:
    """Models of the present provider by name, all others with their provider."""
    services = session.host.services
    found: list[str] = list(services.models(session.current.provider))
    for name in services.providers():
        found += [f"{name}/{model}" for model in services.models(name)]
    return (Option(name, len(typed)) for name in fuzzy(typed, dict.fromkeys(found)))


def complete_provider(session: Session, typed: str) -> Iterable[Option]:
    return (Option(n, len(typed)) for n in fuzzy(typed, session.host.services.providers()))


async def system(session: Session, rest: str) -> None:
    if rest:
        session.conversation.system = "" if rest in NONE else rest
    session.output.say(session.conversation.system or "no system message")
    if not rest:
        session.output.hint("/system TEXT sets it, /system none takes it away")


async def set_(session: Session, rest: str) -> None:
    """Options of the model; and what the session itself does, under names of its own."""
    name, _, value = rest.partition(" ")
    value = value.strip()
    if not name:
        _show_settings(session)
    elif name in ("vi", "stream", "usage", "raw"):
        _switch(session, name, value)
    elif value in ("", "none", "default"):
        session.conversation.options = {
            k: v for k, v in session.conversation.options.items() if k != name
        }
        session.output.hint(f"{name} is as the settings say")
    else:
        session.conversation.options = {**session.conversation.options, name: literal(value)}
        session.output.hint(
            f"{name} = {session.conversation.options[name]!r} from the next question on"
        )


def _switch(session: Session, name: str, value: str) -> None:
    before = _switches(session)[name]
    if value and value.lower() not in SWITCHES:
        raise UsageError(f"{name} is on or off", hint=f"/set {name} on")
    wanted = SWITCHES[value.lower()] if value else not before
    if name == "vi":
        session.line.vi = wanted
    elif name == "stream":
        session.conversation.stream = wanted
    elif name == "usage":
        session.shows_usage = wanted
    else:
        session.shows_raw = wanted
    session.output.hint(f"{name} is {'on' if wanted else 'off'}")


def _switches(session: Session) -> dict[str, bool]:
    return {
        "vi": session.line.vi,
        "stream": session.conversation.stream,
        "usage": session.shows_usage,
        "raw": session.shows_raw,
    }


def _show_settings(session: Session) -> None:
    rows = [[name, "on" if is_on else "off"] for name, is_on in _switches(session).items()]
    rows += [[name, str(value)] for name, value in session.conversation.options.items()]
    session.output.rows(["setting", "value"], rows)
    session.output.hint(
        "/set temperature 0.2 sends an option along, /set temperature takes it away"
    )


def complete_set(session: Session, typed: str) -> Iterable[Option]:
    names = [
        *_switches(session),
        *session.conversation.options,
        "temperature",
        "max_tokens",
        "top_p",
    ]
    if " " in typed:
        name, _, value = typed.partition(" ")
        wanted = ("on", "off") if name in _switches(session) else ()
        return (Option(v, len(value)) for v in wanted if v.startswith(value))
    return (Option(n, len(typed)) for n in dict.fromkeys(names) if n.startswith(typed))


async def template(session: Session, rest: str) -> None:
    services = session.host.services
    name, *words = rest.split()[:1] + rest.split()[1:] or [""]
    if not name:
        session.output.rows(["template", ""], [list(row) for row in services.templates()])
        return
    filled = services.fill(name, words)
    if filled.provider or filled.model:
        session.ask_from(filled.provider or session.current.provider, filled.model)
    if filled.system:
        session.conversation.system = filled.system
    if filled.options:
        session.conversation.options = {**session.conversation.options, **filled.options}
    if filled.text.strip():
        await session.send(filled.text)


def complete_template(session: Session, typed: str) -> Iterable[Option]:
    for name, about in session.host.services.templates():
        if name.startswith(typed):
            yield Option(name, len(typed), about)


async def tokens(session: Session, rest: str) -> None:
    """What the services counted, and an estimate of what the next question sends along."""
    said = [s.message.text for s in session.conversation.branch]
    texts = [session.conversation.system, *said]
    exact = await session.while_listening(
        session.host.services.count(texts, session.current.provider, session.conversation.model)
    )
    estimate = sum(map(estimate_tokens, texts)) if exact is None else exact
    about = "about " if exact is None else ""
    session.output.say(f"the next question sends {about}{estimate:,} tokens of history along")
    turn = last_turn(session)
    window = session.host.services.window(session.current.provider) or window_of(
        (turn and turn.model) or session.conversation.model
    )
    if window:
        session.output.say(f"the model holds {window:,} tokens: {estimate / window:.0%} are used")
    if session.counted:
        session.output.say(f"counted by the services in this session: {session.counted:,} tokens")


async def info(session: Session, rest: str) -> None:
    turn = last_turn(session)
    rows = [
        ["conversation", session.conversation.id],
        ["title", session.current.title or "none yet"],
    ]
    rows += [["asked", session.current.who()], *(provenance(turn) if turn else ())]
    session.output.rows(["turn", ""], rows)


COMMANDS = (
    SlashCommand("model", "[MODEL]", "shows or changes the model", model, complete_model, ("m",)),
    SlashCommand(
        "provider", "[NAME]", "lists or changes the provider", provider, complete_provider, ("p",)
    ),
    SlashCommand("system", "[TEXT]", "shows or changes the system message", system),
    SlashCommand(
        "set", "[KEY VALUE]", "options of the model; vi, stream, usage, raw", set_, complete_set
    ),
    SlashCommand(
        "template",
        "[NAME ...]",
        "lists templates, or uses one",
        template,
        complete_template,
        ("t",),
    ),
    SlashCommand("tokens", "", "how much of the model's window is used", tokens),
    SlashCommand("info", "", "where the last answer came from", info),
)
