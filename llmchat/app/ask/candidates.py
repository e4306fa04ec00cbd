"""Chooses the providers to ask: one, `auto`, or several in order."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing

from llmchat.app.ask.output.pictures import Saving
from llmchat.app.run.context import Context
from llmchat.errors import MissingAuthError, UnknownModel
from llmchat.failover import Admit, Answerer, Candidate, Failover
from llmchat.language import msg
from llmchat.providers import KEYLESS, NAMES, access_of, load, takes_tools
from llmchat.values.events import Event
from llmchat.values.messages import Request

NEXT_STEP = msg(
    "llmchat auth gigachat signs in, a local server needs no key, -p demo needs nothing"
)
AUTO = "auto"


def candidate_names(context: Context) -> list[str]:
    """The names of the providers that may be asked, in order."""
    target = context.settings.target()
    names = [target.provider] if target.provider != AUTO else auto_order(context, target.model)
    return names + [name for name in context.settings.fallbacks if name not in names]


def open_answerer(
    context: Context,
    *,
    admit: Admit,
    names: Sequence[str] = (),
    consent: Callable[[str], Awaitable[bool]] | None = None,
) -> Answerer:
    """An answerer for the providers. A single one is asked directly, unless a budget or an
    introduction comes first. `consent` asks the person about a budget, if that is not done on
    stderr."""
    names = names or candidate_names(context)
    first, has_budget = names[0], context.settings.has_budget
    if has_budget:
        from llmchat.app.ask.budget import BudgetPolicy  # only for who has one

        admit = BudgetPolicy(context, admit, consent=consent)
    goes_between = has_budget or access_of(first) == "keyless" or is_found(context, first)
    if len(names) == 1 and not goes_between:
        return context.provider(first)
    failover = Failover(
        [_candidate(context, name, auto_model(context, name)) for name in names],
        admit=admit,
        ticks=context.world.clock.ticks,
        hint=NEXT_STEP,
    )
    if not has_budget:
        return failover
    from llmchat.app.ask.spending_notes import Counted  # as above

    return Counted(context, failover)


def open_later(
    context: Context, *, admit: Admit, consent: Callable[[str], Awaitable[bool]] | None = None
) -> Answerer:
    """The same for a session: it needs neither network nor key before its first question, but
    raises an error for an unknown name now."""

    def opened() -> Answerer:
        return Saving(context, open_answerer(context, admit=admit, consent=consent), tells=True)

    first = AUTO if needs_choice(context) else candidate_names(context)[0]
    return LazyAnswerer(first, opened)


def needs_choice(context: Context) -> bool:
    """Whether the person must choose a provider, because none is named, set up or found."""
    settings = context.settings
    if settings.target().provider != AUTO:
        return False
    from llmchat.app.terminal.consent import can_ask  # only if none was named

    if not can_ask(context):
        return False
    named = settings.fallbacks or (
        settings.get("keyless").origin.source != "default" and keyless_order(context)
    )
    return not (named or set_up(context) or found_locally(context))


class LazyAnswerer:
    """Opens the real answerer with the first question."""

    def __init__(self, name: str, open_: Callable[[], Answerer]) -> None:
        self.id = name
        self._open = open_
        self._answerer: Answerer | None = None

    async def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        self._answerer = self._answerer or self._open()
        async with aclosing(self._answerer.stream(request)) as events:
            async for event in events:
                yield event

    async def aclose(self) -> None:
        opened, self._answerer = self._answerer, None
        if opened:
            await opened.aclose()


def auto_model(context: Context, name: str) -> str:
    """The model to request from this provider; a model named for `auto` applies to all of them."""
    target = context.settings.target()
    if target.provider in (AUTO, name):
        return target.model
    return str(context.settings.chooser.model_for(name).value)


def auto_order(context: Context, model: str) -> list[str]:
    """The providers of `auto`: those signed in to or configured; without any, local servers found
    at their usual ports or a model file; without those, the keyless ones."""
    return set_up(context) or found_locally(context) or _knowing(model, keyless_order(context))


def set_up(context: Context) -> list[str]:
    """The providers that the person signed in to or configured."""
    settings = context.settings
    local = (name for name in (*NAMES, *settings.own_servers) if access_of(name) == "local")
    own = [name for name in NAMES if is_signed_in(context, name)]
    return list(dict.fromkeys([*own, *filter(settings.configured, local)]))


def found_locally(context: Context) -> list[str]:
    """Local servers found at their usual ports, else the `local` provider if it is ready; searched
    once per run."""
    if not context.settings.enabled("find_local"):
        return []
    return list(context.resources.running_servers) or ready_here(context)


def ready_here(context: Context) -> list[str]:
    """The provider `local`, if its extra and a model are installed."""
    from llmchat.app.local import NAME, is_ready  # only if nothing is set up

    return [NAME] if is_ready(context) else []


def is_found(context: Context, name: str) -> bool:
    """Whether it is a local server that was found running, neither named nor set up."""
    own = name in context.settings.own_servers or context.settings.configured(name)
    return access_of(name) == "local" and context.settings.target().provider != name and not own


def keyless_order(context: Context) -> list[str]:
    """The keyless providers for `auto`: healthy ones first, those probably closed last."""
    names = [name for name in context.settings.get("keyless").value if name in KEYLESS]
    ranked = context.health.rank(names, context.world.clock.now())
    return sorted(ranked, key=lambda name: is_probably_closed(context, name))


def is_probably_closed(context: Context, name: str) -> bool:
    """Whether a keyless provider is probably closed, according to its class or its recorded
    health."""
    return context.health.probably_closed(name, working=load(name).working)


def _candidate(context: Context, name: str, model: str) -> Candidate:
    return Candidate(
        name, access_of(name), lambda: context.provider(name), model, lambda: takes_tools(name)
    )


def is_signed_in(context: Context, name: str) -> bool:
    """Whether there is a key or a command that prints one; neither is read."""
    if access_of(name) != "key":
        return False
    settings = context.settings
    return bool(
        settings.api_key(name)
        or settings.key_command(name)
        or settings.sign_in_origin(name)
        or name in context.stored_names
    )


def _knowing(model: str, names: Sequence[str]) -> list[str]:
    """The providers that can have the model."""
    if not names:
        raise MissingAuthError(msg("there is no provider to ask"), hint=NEXT_STEP)
    if not model:
        return list(names)
    kinds = {name: load(name) for name in names}
    able = [n for n, k in kinds.items() if not k.closed_models or model in k.models]
    if not able:
        raise UnknownModel(
            msg("no available provider has a model {model!r}", model=model),
            hint=msg("name the provider, as in -m ollama/llama3; llmchat models lists them"),
        )
    return able
