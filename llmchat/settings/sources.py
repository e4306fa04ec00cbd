"""The places a value may come from, nearest first: flags, environment, project, file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from llmchat.errors import ConfigError, LlmchatError, UsageError
from llmchat.settings.keys import FOREIGN, PROJECT, PROVIDER, TOP, Key, variable
from llmchat.settings.toml.document import Document
from llmchat.settings.values import BadValue, Origin, Setting, coerced, from_text, literal

SYNONYMS = {"api_key": ("api_key", "credentials")}


@dataclass(frozen=True, slots=True)
class Sources:
    flags: Mapping[str, Any] = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    project: Document | None = None
    config: Document | None = None
    key_variables: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # by provider

    def top(self, name: str) -> Iterator[Setting]:
        """The values of a top-level key, nearest first, without its default."""
        yield from self.flag(name)
        yield from self.variables(TOP[name], (variable(name),), label=name)
        yield from self.project_value(name)
        yield from self.config_value(TOP[name], name)

    def provider(self, provider: str, name: str) -> Iterator[Setting]:
        """The values of a provider's key; those of the whole program stand behind its own."""
        shared = name in TOP and name != "model"
        if shared or name not in TOP:
            yield from self.flag(name)
        yield from self.provider_variables(provider, name)
        if shared:
            yield from self.variables(TOP[name], (variable(name),), label=name)
            yield from self.project_value(name)
        yield from self.provider_config(provider, name)
        if shared:
            yield from self.config_value(TOP[name], name)

    def flag(self, name: str) -> Iterator[Setting]:
        value = self.flags.get(name)
        if value is None or (name == "fallback" and not value):
            return
        shown = "--option" if name == "options" else "--" + name.replace("_", "-")
        key = TOP.get(name) or PROVIDER[name]
        if key.kind == "table":
            value = {k: literal(v) if isinstance(v, str) else v for k, v in value.items()}
        yield _checked(Setting(name, value, Origin("flag", shown)), key)

    def provider_variables(self, provider: str, name: str) -> Iterator[Setting]:
        spellings = SYNONYMS.get(name, (name,))
        ours = tuple(variable(spelling, provider=provider) for spelling in spellings)
        names = ours + FOREIGN.get((provider, name), ())
        if name == "api_key":
            names += self.key_variables.get(provider, ())
        label = f"providers.{provider}.{name}"
        yield from self.variables(PROVIDER[name], names, label=label)

    def provider_config(self, provider: str, name: str) -> Iterator[Setting]:
        for spelling in SYNONYMS.get(name, (name,)):
            yield from self.config_value(PROVIDER[spelling], "providers", provider, spelling)

    def variables(self, key: Key, names: tuple[str, ...], *, label: str) -> Iterator[Setting]:
        """An empty variable is the same as none: that is how a shell takes one away."""
        for name in names:
            text = self.environ.get(name, "")
            if text.strip():
                setting = Setting(label, text, Origin("environment", name))
                yield _checked(setting, key, read=from_text)

    def project_value(self, name: str) -> Iterator[Setting]:
        value = self.project.get(name) if self.project and name in PROJECT else None
        if value is not None:
            origin = Origin("project", document=self.project, path=(name,))
            yield _checked(Setting(name, value, origin), TOP[name])

    def config_value(self, key: Key, *path: str) -> Iterator[Setting]:
        value = self.config.get(*path) if self.config else None
        if value is not None:
            origin = Origin("config", document=self.config, path=path)
            yield _checked(Setting(".".join(path), value, origin), key)


def invalid(setting: Setting, problem: str) -> LlmchatError:
    """The error of a bad value, named after the place it stands in."""
    origin = setting.origin
    if origin.source == "flag":
        return UsageError(f"{origin.name}: {problem}", hint="llmchat ask --help")
    if origin.document is not None:
        return origin.document.error(origin.path, problem)
    return ConfigError(f"{origin.name}: {problem}", hint=f"unset {origin.name}, or correct it")


def _checked(setting: Setting, key: Key, *, read: Any = coerced) -> Setting:
    try:
        return Setting(setting.key, read(setting.value, key), setting.origin)
    except BadValue as error:
        raise invalid(setting, str(error)) from error
