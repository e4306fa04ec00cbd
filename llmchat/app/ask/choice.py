"""Lets the person choose a provider before anything is sent, if none is set up
(docs/decisions/0092-a-choice-before-anything-is-sent.md)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from llmchat.app.ask.candidates import (
    AUTO,
    NEXT_STEP,
    is_probably_closed,
    keyless_order,
    ready_here,
)
from llmchat.app.run.context import Context
from llmchat.app.terminal.consent import consents
from llmchat.app.terminal.keys import typed_word
from llmchat.app.terminal.sign_in import key_page, label_of, sign_in_at_terminal
from llmchat.errors import MissingAuthError
from llmchat.language import joined, msg, translated
from llmchat.providers import load
from llmchat.providers.local.failures import EXTRA, SMALL_MODEL
from llmchat.providers.presets import ABROAD, CHINA, PRESETS, RUSSIA

REGIONS = {ABROAD: msg("international"), RUSSIA: msg("Russia"), CHINA: msg("mainland China")}
STARTS = (
    msg("No model file was found, and no local server answers on its usual port. To get one:"),
    f"  local       {EXTRA} && {SMALL_MODEL}",
    msg("  Ollama      ollama serve, then ollama pull llama3.2"),
    msg("  LM Studio   start its server under Developer, or run lms server start"),
    msg("  llama.cpp   llama-server -m MODEL.gguf"),
    msg("  vLLM        vllm serve MODEL"),
)


@dataclass(frozen=True, slots=True)
class Offer:
    """A provider to choose; `about` is what the person should know first."""

    provider: str
    about: str


@dataclass(frozen=True, slots=True)
class Group:
    """One way to get an answer, with its providers."""

    name: str
    title: str
    offers: tuple[Offer, ...]


def groups(context: Context) -> tuple[Group, ...]:
    """The ways to choose from."""
    return (
        Group(
            "gigachat",
            msg("GigaChat: sign in with a key from {key_page}", key_page=key_page("gigachat")),
            (Offer("gigachat", key_page("gigachat")),),
        ),
        Group("key", msg("another service, with its API key"), tuple(_keys())),
        Group(
            "local", msg("a model on this computer: a GGUF file, or Ollama, LM Studio, vLLM"), ()
        ),
        Group(
            "keyless",
            msg("a website that needs no key; whoever runs it can read what you send"),
            tuple(_keyless(context)),
        ),
        Group("demo", msg("the demo: offline, not a model"), (Offer("demo", ""),)),
    )


async def choose(context: Context) -> Context:
    """Asks the person; returns the context with the chosen provider, or raises an error if none is
    chosen. Nothing has been sent then."""
    found = groups(context)
    _say(context, msg("No provider is set up yet, and nothing has been sent. Who should answer?"))
    while True:
        for number, group in enumerate(found, 1):
            _say(context, joined("  ", ["", str(number), group.title]))
        group = found[await _number(context, len(found), [g.name for g in found])]
        if provider := await _chosen(context, group):
            break
    await _remember(context, provider)
    return context.with_flags({**context.flags, "provider": provider})


async def _chosen(context: Context, group: Group) -> str:
    """The provider chosen from a group; "" shows the groups again."""
    if group.name == "local":
        return _local(context)
    provider = group.offers[0].provider
    if len(group.offers) != 1:
        provider = await _listed(context, group.offers)
    if group.name in ("gigachat", "key"):
        await sign_in_at_terminal(context, provider)
    return provider


async def _listed(context: Context, offers: tuple[Offer, ...]) -> str:
    for number, offer in enumerate(offers, 1):
        _say(context, joined(" ", [f" {number:2}  {offer.provider:12}", offer.about]))
    place = await _number(context, len(offers), [offer.provider for offer in offers])
    return offers[place].provider


def _local(context: Context) -> str:
    found = context.resources.running_servers or ready_here(context)
    if found:
        return found[0]
    del context.resources.running_servers  # look again, it may have been started since
    for line in STARTS:
        _say(context, line)
    return ""


async def _number(context: Context, count: int, names: list[str]) -> int:
    """The place of what the person chose, by number or name."""
    question = translated(msg("1-{count}, or q to quit: ", count=count))
    while True:
        typed = await _word(context, question)
        if typed is None or typed in ("q", "quit", "exit"):
            raise MissingAuthError(msg("no provider was chosen; nothing was sent"), hint=NEXT_STEP)
        if typed in names:
            return names.index(typed)
        if typed.isdecimal() and 1 <= int(typed) <= count:
            return int(typed) - 1


async def _word(context: Context, question: str) -> str | None:
    """What the person typed; None for Esc and Ctrl-D. The line ends, also where Ctrl-C ends it."""
    stderr = context.world.stderr

    def show(text: str) -> None:
        stderr.write(text)
        stderr.flush()

    try:
        word = await typed_word(context.world.stdin, lambda: show(question), show)
    finally:
        with suppress(OSError):  # the terminal is gone
            show("\n")
    return word if word is None else word.strip().lower()


async def _remember(context: Context, provider: str) -> None:
    from llmchat.app.setup import config  # only after a choice

    if await consents(
        context, msg("Remember this choice and always ask {provider}?", provider=provider)
    ):
        config.put(context, "provider", provider)
        context.report.notice(
            msg("saved; to undo it: llmchat config set provider {auto}", auto=AUTO)
        )


def _keys() -> Iterator[Offer]:
    """The presets that take a key, by region."""
    rows = [(name, row) for name, row in PRESETS.items() if row.access == "key"]
    for region, called in REGIONS.items():
        for name, row in rows:
            if (row.region or row.country or ABROAD) == region:
                about = msg("{label} ({region})", label=label_of(name), region=called)
                yield Offer(name, about)


def _keyless(context: Context) -> Iterator[Offer]:
    for name in keyless_order(context):
        about = (msg("run by {operator}", operator=load(name).operator), _state(context, name))
        yield Offer(name, joined("; ", filter(None, about)))


def _state(context: Context, name: str) -> str:
    """How its last request went; if there was none, what is known about it."""
    if is_probably_closed(context, name):
        return msg("probably closed")
    row = next((row for row in context.health.rows() if row.provider == name), None)
    if row is None:
        return load(name).caveat
    if row.last_outcome == "ok":
        return msg("answered last time")
    return msg("last: {outcome}", outcome=msg(row.last_outcome))


def _say(context: Context, text: str) -> None:
    context.report.rows([text])
