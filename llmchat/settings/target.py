"""Chooses provider and model from the sources.

A model belongs to a provider. `-p demo` does not ask the demo for a model that the settings file
names for another service; but a model does apply if its source takes precedence over that of the
provider.

Why: docs/decisions/0041-a-model-belongs-to-its-provider.md.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from llmchat.errors import UsageError
from llmchat.language import msg
from llmchat.language.nearest import aside
from llmchat.settings.registry import hint_to_enable
from llmchat.settings.sources import Source, Sources, invalid
from llmchat.settings.values import DEFAULT, Origin, Setting

AUTO = "auto"
LOCAL = "local"
# Sources whose model applies even with another provider from a flag.
UNBOUND = ("environment", "project")


@dataclass(frozen=True, slots=True)
class Target:
    """`provider` may be auto; an empty `model` means the provider's default."""

    provider: str
    model: str
    provider_origin: Origin = DEFAULT


class Choice(NamedTuple):  # a dataclass adds 0.4 ms to every start
    """What one source names: provider, model, both or neither; `bound` is the provider that this
    source or the next one after it names."""

    source: Source
    provider: Setting | None
    model: Setting | None
    bound: str = AUTO


def split_model(text: str, names: Collection[str]) -> tuple[str, str]:
    """`PROVIDER/MODEL` when the part before the first slash is a provider, else `("", MODEL)`."""
    head, slash, rest = text.partition("/")
    if slash and rest and head in names:
        return head, rest
    return (LOCAL, text) if is_model_file(text) and LOCAL in names else ("", text)


def is_model_file(text: str) -> bool:
    """Whether it is a model file, which only the provider `local` can load."""
    return text.lower().endswith(".gguf")


@dataclass(frozen=True, slots=True)
class Names:
    """The names that a provider and a model can have."""

    known: frozenset[str]
    keyless: frozenset[str]
    aliases: Mapping[str, str]

    def split(self, text: str) -> tuple[str, str]:
        """Splits a typed alias or model into provider (or "") and model."""
        return split_model(self.aliases.get(text) or text, self.known)

    def check(self, provider: Setting) -> None:
        """Raises an error for an unknown provider, with the most similar name."""
        name = provider.value
        if name == AUTO or name in self.known:
            return
        problem = msg(
            "unknown provider {name}{aside}", name=name, aside=aside(name, sorted(self.known))
        )
        hint = hint_to_enable("provider", name) or msg("llmchat models")
        if provider.origin.source == "flag":
            raise UsageError(problem, hint=hint)
        error = invalid(provider, problem)
        error.hint = hint
        raise error


class Chooser:
    """Reads the sources; raises an error for an unknown provider."""

    __slots__ = ("_choices", "_names", "target")

    def __init__(self, sources: Sources, names: Names) -> None:
        self._names = names
        self._choices = _bound([_choice(source, names) for source in sources])
        named = [choice.provider for choice in self._choices if choice.provider]
        provider = named[0] if named else Setting("provider", AUTO)
        model = self.model_for(provider.value)
        self.target = Target(provider.value, model.value, provider.origin)

    def named(self, text: str) -> tuple[str, str]:
        return self._names.split(text)

    def model_for(self, provider: str) -> Setting:
        """The model to request from one provider; empty for its default."""
        closed = provider == "demo" or provider in self._names.keyless  # has only its own models
        # No source with precedence names another provider.
        chosen = provider == self._choices[0].bound
        for choice in self._choices:
            own = choice.source.of(provider).get("model")
            if own and own.value:
                name, model = self._names.split(own.value)
                value = model if name in ("", provider) else own.value
                return Setting(own.key, value, own.origin)
            free = choice.bound == AUTO and choice.source.name in UNBOUND and not closed
            if choice.model and (chosen or choice.bound == provider or free):
                return choice.model
            chosen = chosen and not choice.provider
        return Setting("model", "")


def _bound(choices: list[Choice]) -> tuple[Choice, ...]:
    bound, found = AUTO, []
    for choice in reversed(choices):
        bound = choice.provider.value if choice.provider else bound
        found.append(choice._replace(bound=bound))
    return tuple(reversed(found))


def _choice(source: Source, names: Names) -> Choice:
    provider, model = source.top.get("provider"), source.top.get("model")
    provider = provider if provider and provider.value else None
    if provider:
        names.check(provider)
    if model is None or not model.value:
        return Choice(source, provider, None)
    alias = names.aliases.get(model.value, "")
    name, rest = split_model(alias or model.value, names.known)
    if source.name == "project" and name in (LOCAL, *names.keyless):
        # A project may choose neither a third party nor a file.
        return Choice(source, provider, None)
    if name and (provider is None or provider.value in (AUTO, name)):
        provider = Setting("provider", name, model.origin)
        return Choice(source, provider, Setting("model", rest, model.origin))
    if name and alias and provider:
        wanted = msg(
            "{value} is an alias for {alias}, but the provider is {value2}",
            value=model.value,
            alias=alias,
            value2=provider.value,
        )
        raise invalid(model, wanted)
    # `-p openrouter -m openai/gpt-4o` is one name
    return Choice(source, provider, Setting("model", alias or model.value, model.origin))
