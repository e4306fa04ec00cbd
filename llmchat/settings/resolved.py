"""The settings of one run, resolved once: each value by name, with its origin.

Mistakes in files, environment and flags are raised while they are resolved; afterwards only
settings of a provider can raise (docs/decisions/0091-settings-are-resolved-once.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from llmchat.settings.certificates import ca_bundle, client_certificate
from llmchat.settings.checks.file import file_warnings, first_error
from llmchat.settings.keys import GENERAL_CA, PROVIDER, SHARED, SYNONYMS, TABLES, TOP, Key
from llmchat.settings.registry import PLUGINS, Registry
from llmchat.settings.sources import (
    Sources,
    find_project_file,
    read_config,
    read_environment,
    read_flags,
    read_project,
    read_project_document,
    resolve_proxies,
    web_address,
)
from llmchat.settings.target import AUTO, Chooser, Names, Target
from llmchat.settings.toml.document import Document, read_document
from llmchat.settings.values import Origin, Setting
from llmchat.values.endpoint import Deadlines, Endpoint, Loading, Proxies
from llmchat.values.secret import Secret

LOCAL_PATIENCE = 300.0  # seconds until the first token of a local server, and between tokens
CERTIFICATES = {"ca_bundle", "client_cert", *GENERAL_CA}
PATIENT = ("first_token_timeout", "stall_timeout", "content_timeout")
WAITS = ("connect", "first_token", "stall", "content")  # each is a field of Deadlines and a setting
LOADING = ("keep_alive", "context", "threads", "gpu_layers")
AS_GIVEN = (
    *("scope", "effort", "headers", "allow_http", "retries", "wait", "user"),
    *("files_keep", "pictures"),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """The resolved settings; `names` are those of the registry and of the person's own servers."""

    sources: Sources
    environ: Mapping[str, str] = field(repr=False)
    registry: Registry
    names: frozenset[str]
    home: Path | None
    warnings: tuple[str, ...]
    top: Mapping[str, Setting]  # given settings, each from the source that takes precedence
    aliases: Mapping[str, str]  # short names and the models they stand for
    fallback: tuple[str, ...]  # providers that `auto` may fall back to
    chooser: Chooser

    @classmethod
    def load(
        cls,
        environ: Mapping[str, str],
        *,
        config_file: Path | None,
        registry: Registry,
        cwd: Path | None = None,
        home: Path | None = None,
        flags: Mapping[str, Any] | None = None,
    ) -> Settings:
        """Reads all sources. Raises ConfigError for a mistake, UsageError for one in a flag;
        `config_file=None` and `cwd=None` leave out the files."""
        config = read_document(config_file) if config_file else None
        table = config.table if config else {}
        off: frozenset[str] = frozenset()
        if "plugins" in table or PLUGINS in environ:
            off = registry.only_in_file(environ, table)
            registry = registry.with_plugins(environ, table)
        if config and (error := first_error(config, (*registry.names, *off))):
            raise error
        project_file = find_project_file(cwd, home=home) if cwd else None
        project = read_project_document(project_file) if project_file else None
        own = read_config(config).without_providers(off)
        names = dict.fromkeys((*registry.names, *own.providers))
        sources = (
            read_flags(flags or {}),
            read_environment(environ, names, registry.key_variables),
            read_project(project),
            own,
        )
        resolved = cls.resolve(sources, environ, registry=registry, home=home)
        told = file_warnings(config, project, resolved.chooser, registry)
        return replace(resolved, warnings=tuple(told))

    @classmethod
    def resolve(
        cls,
        sources: Sources,
        environ: Mapping[str, str],
        *,
        registry: Registry,
        home: Path | None = None,
    ) -> Settings:
        """Resolves the settings from their sources."""
        names = frozenset(registry.names).union(sources[-1].providers)
        top = _nearest([source.top for source in sources], TOP)
        aliases = top["aliases"].value if "aliases" in top else {}
        called = Names(names, frozenset(registry.keyless), aliases)
        fallback = top.get("fallback", Setting("fallback", ()))
        for name in fallback.value:
            called.check(Setting("fallback", name, fallback.origin))
        return cls(
            sources=sources,
            environ=environ,
            registry=registry,
            names=names,
            home=home,
            warnings=(),
            top=top,
            aliases=aliases,
            fallback=tuple(fallback.value),
            chooser=Chooser(sources, called),
        )

    def with_flags(self, flags: Mapping[str, Any]) -> Settings:
        """The same files and environment with other flags."""
        sources = (read_flags(flags), *self.sources[1:])
        own = Settings.resolve(sources, self.environ, registry=self.registry, home=self.home)
        return replace(own, warnings=self.warnings)

    @property
    def own_servers(self) -> tuple[str, ...]:
        """OpenAI-compatible servers that are defined in the settings file."""
        return tuple(name for name in self.sources[-1].providers if name not in self.registry.names)

    @property
    def document(self) -> Document | None:
        """config.toml itself, for tables that only some commands read."""
        return self.sources[-1].document

    @property
    def has_budget(self) -> bool:
        """Whether there is a budget; without one the code for budgets is not loaded."""
        own = (table for source in self.sources for table in source.providers.values())
        return "budget" in self.top or any("budget" in table for table in own)

    def get(self, name: str) -> Setting:
        """A top-level setting with its origin."""
        return self.top.get(name) or Setting(name, TOP[name].default)

    def text(self, name: str) -> str:
        return str(self.get(name).value)

    def enabled(self, name: str) -> bool:
        return bool(self.get(name).value)

    @property
    def fallbacks(self) -> tuple[str, ...]:
        """Providers to fall back to. A provider named by a flag never falls back to one that only
        the file or the environment names."""
        named = self.target()
        by_flag = named.provider_origin.source == "flag" and named.provider != AUTO
        if by_flag and self.get("fallback").origin.source != "flag":
            return ()
        return self.fallback

    def target(self) -> Target:
        """The provider and model to ask."""
        return self.chooser.target

    def configured(self, provider: str) -> bool:
        """Whether there are any settings for this provider."""
        return any(source.of(provider) for source in self.sources)

    def of(self, provider: str, name: str) -> Setting:
        """A setting of one provider, with its origin."""
        name = SYNONYMS.get(name, name)
        found = self._of(provider).get(name) or Setting(name, PROVIDER[name].default)
        return Setting(f"providers.{provider}.{name}", found.value, found.origin)

    def endpoint(self, provider: str) -> Endpoint:
        """How to reach a provider. The key is also None if `key_command` must be run."""
        given = self._of(provider)
        value = {name: key.default for name, key in PROVIDER.items()}
        if provider in self.registry.local or provider in self.own_servers:
            value |= dict.fromkeys(PATIENT, LOCAL_PATIENCE)  # a model may have to be loaded first
        value |= {name: setting.value for name, setting in given.items()}
        return Endpoint(
            **{name: value[name] for name in AS_GIVEN},
            base_url=web_address(given.get("base_url")),
            auth_url=web_address(given.get("auth_url")),
            api_key=self.api_key(provider),
            model=str(self.chooser.model_for(provider).value),
            proxies=self._proxies(given.get("proxy")),
            options=_with_profanity_check(value["options"], value["profanity_check"]),
            deadlines=Deadlines(
                **{name: float(value[f"{name}_timeout"]) for name in WAITS},
                total=value["timeout"] or None,
            ),
            access_token=value["access_token"] or None,
            password=value["password"] or None,
            loading=Loading(**{name: value[name] for name in LOADING}),
            **self._certificates(given),
        )

    def api_key(self, provider: str) -> Secret | None:
        """The key in the settings; None if there is none."""
        given = self._nearest_key(provider)
        return given.value if given and isinstance(given.value, Secret) else None

    def key_origin(self, provider: str) -> Origin | None:
        """The origin of the key or its command; None if there is neither."""
        given = self._nearest_key(provider)
        return given.origin if given else None

    def sign_in_origin(self, provider: str) -> Origin | None:
        """The origin of other credentials: a token, a user name with password, a certificate."""
        for source in self.sources:
            own = source.of(provider)
            for name in ("access_token", "user", "client_cert"):
                if name in own and own[name].value:
                    return own[name].origin
        return None

    def key_command(self, provider: str) -> str:
        """The command that `run_key_command` must run for the key; "" if none is needed."""
        given = self._nearest_key(provider)
        return str(given.value) if given and not isinstance(given.value, Secret) else ""

    def listed(self) -> Iterator[Setting]:
        """All top-level settings, then those of each provider."""
        for name in TOP:
            yield self.get(name)
        for provider in sorted(self.names):
            given = _nearest(self._own(provider), PROVIDER)
            for name in (name for name in PROVIDER if name in given):
                found = given[name]
                yield Setting(f"providers.{provider}.{name}", found.value, found.origin)

    def _of(self, provider: str) -> dict[str, Setting]:
        """The settings given for one provider; within a source, the provider's own values take
        precedence over top-level ones."""
        tables: list[Mapping[str, Setting]] = []
        for source, own in zip(self.sources, self._own(provider), strict=True):
            shared = {name: s for name, s in source.top.items() if name in SHARED}
            tables += [own, shared]
        return _nearest(tables, PROVIDER)

    def _own(self, provider: str) -> list[Mapping[str, Setting]]:
        """What each source sets for one provider; raises its mistakes."""
        for source in self.sources:
            if provider in source.broken:
                raise source.broken[provider]
        return [source.of(provider) for source in self.sources]

    def _nearest_key(self, provider: str) -> Setting | None:
        """The key that applies. In one source a key takes precedence over a command, but a command
        in the environment over a key in the file."""
        for source in self.sources:
            own = source.of(provider)
            for name in ("api_key", "api_key_command"):
                if name in own and own[name].value:
                    return own[name]
        return None

    def _certificates(self, given: Mapping[str, Setting]) -> dict[str, Any]:
        """The trusted roots and the client certificate, if a setting or variable names them."""
        if CERTIFICATES.isdisjoint(given) and CERTIFICATES.isdisjoint(self.environ):
            return {}
        return {
            "ca_bundle": ca_bundle(given, self.environ, home=self.home),
            "client": client_certificate(given, home=self.home),
        }

    def _proxies(self, named: Setting | None) -> Proxies:
        """The proxies; one set for all providers does not apply to a server on this machine."""
        is_flag = bool(named and named.origin.source == "flag")
        is_own = is_flag or bool(named and named.key.startswith("providers."))
        return resolve_proxies(named, self.environ, is_general=not is_own)


def _nearest(
    tables: Sequence[Mapping[str, Setting]], keys: Mapping[str, Key]
) -> dict[str, Setting]:
    """The values that take precedence; tables such as options are merged key by key."""
    found: dict[str, Setting] = {}
    for table in tables:
        for name, setting in table.items():
            near = found.get(name)
            if near is None:
                found[name] = setting
            elif keys[name].kind in TABLES:
                found[name] = Setting(near.key, {**setting.value, **near.value}, near.origin)
    return found


def _with_profanity_check(options: Mapping[str, Any], checks: bool | None) -> Mapping[str, Any]:
    """Adds GigaChat's own setting to the options; an explicit option takes precedence."""
    return options if checks is None else {"profanity_check": checks, **options}
