"""The settings of one run: asked by name, answered with a value and its origin."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from llmchat.endpoint import Deadlines, Endpoint, Proxies, is_loopback
from llmchat.errors import ConfigError
from llmchat.secret import Secret
from llmchat.settings.checks import (
    first_error,
    is_own_server,
    mode_warnings,
    project_error,
    project_warnings,
)
from llmchat.settings.keys import GENERAL_CA, PROVIDER, TOP, nearest
from llmchat.settings.project import find_project_file
from llmchat.settings.proxies import resolve_proxies
from llmchat.settings.sources import Sources, invalid
from llmchat.settings.target import AUTO, Chooser, Target, split_model
from llmchat.settings.toml.document import read_document
from llmchat.settings.values import Origin, Setting

LOCAL_PATIENCE = 300.0  # seconds for the first word of a local server, and between words
PATIENT = ("first_token_timeout", "stall_timeout", "content_timeout")
StoredKey = Callable[[str], Secret | None]


@dataclass(frozen=True, slots=True)
class Settings:
    """`known` are the providers that come with the program."""

    sources: Sources
    known: frozenset[str] = frozenset()
    keyless: frozenset[str] = frozenset()
    home: Path | None = None
    local: frozenset[str] = frozenset()
    warnings: tuple[str, ...] = field(default=())

    @classmethod
    def load(
        cls,
        environ: Mapping[str, str],
        *,
        config_file: Path | None,
        known: Collection[str],
        keyless: Collection[str] = (),
        local: Collection[str] = (),
        key_variables: Mapping[str, tuple[str, ...]] | None = None,
        cwd: Path | None = None,
        home: Path | None = None,
        flags: Mapping[str, Any] | None = None,
    ) -> Settings:
        """Reads what there is. A mistake in a file is a ConfigError; `config_file=None` and
        `cwd=None` leave the files out, for those who must go on all the same."""
        config = read_document(config_file) if config_file else None
        project_file = find_project_file(cwd, home=home) if cwd else None
        project = read_document(project_file) if project_file else None
        error = (config and first_error(config, known)) or (project and project_error(project))
        if error:
            raise error
        sources = Sources(dict(flags or {}), environ, project, config, key_variables or {})
        warnings = tuple(mode_warnings(config)) if config else ()
        warnings += tuple(project_warnings(project)) if project else ()
        settings = cls(
            sources, frozenset(known), frozenset(keyless), home, frozenset(local), warnings
        )
        return settings._with_project_model_checked()

    @property
    def own_servers(self) -> tuple[str, ...]:
        """The OpenAI-compatible servers which only the settings file knows."""
        return tuple(name for name in self._tables() if name not in self.known)

    @property
    def names(self) -> frozenset[str]:
        return self.known.union(self.own_servers)

    @property
    def chooser(self) -> Chooser:
        return Chooser(self.sources, self.names, self.keyless)

    @property
    def aliases(self) -> Mapping[str, str]:
        """Each short name and the model it means."""
        merged: Mapping[str, str] = self._merged(self.sources.top("aliases")).value
        return merged

    def get(self, name: str) -> Setting:
        """A top-level setting with its origin."""
        if TOP[name].kind in ("table", "texts_by"):
            return self._merged(self.sources.top(name), name)
        return next(self.sources.top(name), Setting(name, TOP[name].default))

    def text(self, name: str) -> str:
        return str(self.get(name).value)

    def enabled(self, name: str) -> bool:
        return bool(self.get(name).value)

    def number(self, name: str) -> float:
        return float(self.get(name).value)

    @property
    def fallback(self) -> tuple[str, ...]:
        """Providers that `auto` may move on to; each is known."""
        setting = self.get("fallback")
        for name in setting.value:
            self.chooser.check(Setting("fallback", name, setting.origin))
        return tuple(setting.value)

    @property
    def fallbacks(self) -> tuple[str, ...]:
        """Who may be asked instead: a provider named by a flag never moves on to what only the
        file or the environment names."""
        named = self.target()
        by_flag = named.provider_origin.source == "flag" and named.provider != AUTO
        if by_flag and self.get("fallback").origin.source != "flag":
            return ()
        return self.fallback

    def target(self) -> Target:
        """Who is asked, and for which model."""
        return self.chooser.target()

    def configured(self, provider: str) -> bool:
        """Whether the person has said anything about this provider."""
        table = self._tables().get(provider, {})
        given = (s for key in PROVIDER for s in self.sources.provider_variables(provider, key))
        return bool(table) or next(given, None) is not None

    def of(self, provider: str, name: str) -> Setting:
        """A setting of one provider, with its origin."""
        label = f"providers.{provider}.{name}"
        if PROVIDER[name].kind in ("table", "texts_by"):
            return self._merged(self.sources.provider(provider, name), label)
        found = self.sources.provider(provider, name)
        return next(found, Setting(label, PROVIDER[name].default))

    def endpoint(self, provider: str, *, stored_key: StoredKey | None = None) -> Endpoint:
        """How a provider is reached. Its key is None too when `key_command` has to be run."""
        return Endpoint(
            base_url=self._address(provider, "base_url"),
            auth_url=self._address(provider, "auth_url"),
            api_key=self.api_key(provider, stored_key=stored_key),
            scope=str(self.of(provider, "scope").value),
            model=str(self.chooser.model_for(provider).value),
            effort=str(self.of(provider, "effort").value),
            ca_bundle=self._ca_bundle(provider),
            proxies=self._proxies(provider),
            headers=self.of(provider, "headers").value,
            options=self.of(provider, "options").value,
            deadlines=self._deadlines(provider),
            allow_http=bool(self.of(provider, "allow_http").value),
            retries=int(self.of(provider, "retries").value),
            wait=bool(self.of(provider, "wait").value),
        )

    def api_key(self, provider: str, *, stored_key: StoredKey | None = None) -> Secret | None:
        """The key that is at hand: given, else (without a command for it) the stored one."""
        given = self._nearest_key(provider)
        if given is not None:
            return given.value if isinstance(given.value, Secret) else None
        return stored_key(provider) if stored_key else None

    def key_origin(self, provider: str) -> Origin | None:
        """Where the key or the command for it stands; None when only the store may have one."""
        given = self._nearest_key(provider)
        return given.origin if given else None

    def key_command(self, provider: str) -> str:
        """What `run_key_command` has to run for the key; empty when it is not needed."""
        given = self._nearest_key(provider)
        return str(given.value) if given and not isinstance(given.value, Secret) else ""

    def secrets(self) -> tuple[Secret, ...]:
        """Every key the settings hold, for masking."""
        given = (self._nearest_key(name) for name in sorted(self.names))
        return tuple(s.value for s in given if s and isinstance(s.value, Secret))

    def listed(self) -> Iterator[Setting]:
        """Every top-level setting, then what differs from the default in each provider."""
        for name in TOP:
            yield self.get(name)
        for provider in sorted(self.names):
            for name in PROVIDER:
                yield from self._listed_of(provider, name)

    def _listed_of(self, provider: str, name: str) -> Iterator[Setting]:
        own = [
            *self.sources.provider_variables(provider, name),
            *self.sources.provider_config(provider, name),
        ]
        if not own or name == "credentials":
            return
        if PROVIDER[name].kind in ("table", "texts_by"):
            yield self._merged(iter(own), f"providers.{provider}.{name}")
        else:
            yield Setting(f"providers.{provider}.{name}", own[0].value, own[0].origin)

    def _nearest_key(self, provider: str) -> Setting | None:
        """A key before a command, but a command in the environment before a key in the file."""
        for read in (self.sources.provider_variables, self.sources.provider_config):
            for name in ("api_key", "api_key_command"):
                found = next((s for s in read(provider, name) if s.value), None)
                if found:
                    return found
        return None

    def _address(self, provider: str, name: str) -> str:
        setting = self.of(provider, name)
        url = with_scheme(str(setting.value).strip().rstrip("/"))
        if url and (not url.startswith(("https://", "http://")) or any(c.isspace() for c in url)):
            raise invalid(setting, f"{name} must be an https:// address")
        return url

    def _ca_bundle(self, provider: str) -> str:
        setting = self.of(provider, "ca_bundle")
        text = str(setting.value).strip()
        if not text:
            environ = self.sources.environ
            named = (environ.get(v, "").strip() for v in GENERAL_CA)
            return next((path for path in named if path), "")
        if self.home and (text == "~" or text.startswith("~/")):
            return str(self.home / text[2:])
        document = setting.origin.document
        return str(document.path.parent / text) if document else text

    def _proxies(self, provider: str) -> Proxies:
        named = self.of(provider, "proxy")
        is_own = named.origin.source == "flag" or named.key.startswith("providers.")
        return resolve_proxies(named, self.sources.environ, is_general=not is_own)

    def _deadlines(self, provider: str) -> Deadlines:
        """A model on this machine may have to be loaded, and thinks as fast as it can."""
        is_local = provider in self.local or provider in self.own_servers

        def seconds(name: str) -> float:
            setting = self.of(provider, name)
            if is_local and setting.origin.source == "default" and name in PATIENT:
                return LOCAL_PATIENCE
            return float(setting.value)

        return Deadlines(
            connect=seconds("connect_timeout"),
            first_token=seconds("first_token_timeout"),
            stall=seconds("stall_timeout"),
            content=seconds("content_timeout"),
            total=seconds("timeout") or None,
        )

    def _tables(self) -> Mapping[str, Mapping[str, Any]]:
        tables = self.sources.config.get("providers") if self.sources.config else None
        found = tables if isinstance(tables, Mapping) else {}
        return {n: t for n, t in found.items() if n in self.known or is_own_server(t)}

    def _merged(self, found: Iterator[Setting], name: str = "") -> Setting:
        """Tables are joined key by key; the nearer value of a key wins."""
        settings = list(found)
        joined = {k: v for s in reversed(settings) for k, v in s.value.items()}
        return Setting(name, joined, settings[0].origin) if settings else Setting(name, {})

    def _with_project_model_checked(self) -> Settings:
        project = self.sources.project
        model = project.get("model") if project else None
        named, _ = split_model(self.aliases.get(model, model), self.names) if model else ("", "")
        if project is None or named not in self.keyless:
            return self
        line = f"{project.path}:{project.line_of('model')}"
        warning = f"{line}: a project's file cannot choose {named}, which is a third party"
        warnings = (*self.warnings, warning)
        return replace(self, warnings=warnings)


def with_scheme(address: str) -> str:
    """`127.0.0.1:8080` is http://, as on this machine nobody means anything else."""
    if "://" in address or not address:
        return address
    try:
        host = urlsplit(f"//{address}").hostname or ""
    except ValueError:
        return address
    return f"http://{address}" if is_loopback(host) else address


def must_be_known(settings: Settings, provider: str) -> None:
    """For commands that take a provider's name as their argument."""
    if provider not in settings.names:
        hint = nearest(provider, sorted(settings.names))
        raise ConfigError(f"unknown provider {provider}{hint}", hint="llmchat models")
