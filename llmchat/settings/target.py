"""Who is asked for what: the provider and the model that the sources together name.

A model belongs to a provider. `-p demo` does not ask the demo for the model which the settings
file names for another service; a model that stands nearer than the provider's name does apply.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from llmchat.errors import ConfigError, UsageError
from llmchat.settings.keys import nearest
from llmchat.settings.sources import Sources, invalid
from llmchat.settings.values import DEFAULT, Origin, Setting

AUTO = "auto"
SOURCES = ("flag", "environment", "project", "config")
UNBOUND = ("environment", "project")  # a model for now and here: `-p` alone does not undo it


@dataclass(frozen=True, slots=True)
class Target:
    """`provider` may be auto; an empty `model` means the provider's own default."""

    provider: str
    model: str
    provider_origin: Origin = DEFAULT
    model_origin: Origin = DEFAULT


class Choice(NamedTuple):  # a dataclass costs every start 0.4 ms
    """What one source says: a provider, a model, both or neither."""

    provider: Setting | None
    model: Setting | None


def split_model(text: str, names: Collection[str]) -> tuple[str, str]:
    """`PROVIDER/MODEL` when the part before the first slash is a provider, else `("", MODEL)`."""
    head, slash, rest = text.partition("/")
    return (head, rest) if slash and rest and head in names else ("", text)


@dataclass(frozen=True, slots=True)
class Chooser:
    sources: Sources
    names: frozenset[str]
    keyless: frozenset[str] = frozenset()

    @property
    def closed(self) -> frozenset[str]:
        """Those that know their own models only."""
        return self.keyless | {"demo"}

    def target(self) -> Target:
        choices = self._choices()
        provider = next((c.provider for c in choices if c.provider), Setting("provider", AUTO))
        model = self._model(choices, provider.value)
        return Target(provider.value, model.value, provider.origin, model.origin)

    def model_for(self, provider: str) -> Setting:
        """The model asked for at one provider; empty for its own default."""
        return self._model(self._choices(), provider)

    def named(self, text: str) -> tuple[str, str]:
        """An alias or a model as a person types it, as provider (or "") and model."""
        return split_model(self._alias(text) or text, self.names)

    def _model(self, choices: tuple[Choice, ...], provider: str) -> Setting:
        named = [c.provider.value if c.provider else "" for c in choices]
        first = next((i for i, name in enumerate(named) if name), len(named))
        chosen = provider == (named[first] if first < len(named) else AUTO)
        for i, choice in enumerate(choices):
            yielded = next(self._own_model(SOURCES[i], provider), None)
            if yielded is not None:
                return yielded
            bound = next((name for name in named[i:] if name), AUTO)
            free = bound == AUTO and SOURCES[i] in UNBOUND and provider not in self.closed
            if choice.model and ((chosen and i <= first) or bound == provider or free):
                return choice.model
        return Setting("model", "")

    def _own_model(self, source: str, provider: str) -> Iterator[Setting]:
        if source == "environment":
            found = self.sources.provider_variables(provider, "model")
        elif source == "config":
            found = self.sources.provider_config(provider, "model")
        else:
            return
        for setting in found:
            if setting.value:
                name, model = self.named(setting.value)
                value = model if name in ("", provider) else setting.value
                yield Setting(setting.key, value, setting.origin)

    def _choices(self) -> tuple[Choice, ...]:
        providers = {s.origin.source: s for s in self.sources.top("provider") if s.value}
        models = {s.origin.source: s for s in self.sources.top("model") if s.value}
        return tuple(self._choice(providers.get(s), models.get(s)) for s in SOURCES)

    def _choice(self, provider: Setting | None, model: Setting | None) -> Choice:
        if provider:
            self.check(provider)
        if provider and provider.value == AUTO and model is None:
            return Choice(provider, None)
        if model is None:
            return Choice(provider, None)
        alias = self._alias(model.value)
        name, rest = split_model(alias or model.value, self.names)
        if name and model.origin.source == "project" and name in self.keyless:
            return Choice(provider, None)  # a clone does not send prompts to a third party
        if not name or (provider and provider.value not in (AUTO, name)):
            return Choice(provider, self._whole(model, provider, alias, name))
        return Choice(Setting("provider", name, model.origin), Setting("model", rest, model.origin))

    def _whole(self, model: Setting, provider: Setting | None, alias: str, name: str) -> Setting:
        """`-p openrouter -m openai/gpt-4o` is one name; an alias says which provider it means."""
        if alias and name and provider:
            wanted = f"{model.value} means {alias}, but the provider is {provider.value}"
            raise invalid(model, wanted)
        return Setting("model", alias or model.value, model.origin)

    def _alias(self, text: str) -> str:
        for setting in self.sources.top("aliases"):
            if text in setting.value:
                return str(setting.value[text])
        return ""

    def check(self, provider: Setting) -> None:
        """An unknown provider is an error that names the nearest one."""
        if provider.value == AUTO or provider.value in self.names:
            return
        problem = f"unknown provider {provider.value}{nearest(provider.value, sorted(self.names))}"
        if provider.origin.source == "flag":
            raise UsageError(problem, hint="llmchat models")
        error = invalid(provider, problem)
        raise ConfigError(error.message, hint="llmchat models")
