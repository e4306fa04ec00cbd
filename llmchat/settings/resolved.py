"""The settings of one run: asked by name, answered with a value and its origin."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from llmchat.endpoint import ClientCertificate, Deadlines, Endpoint
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

FURTHER_SECRETS = ("access_token", "password", "client_key_password")

StoredKey = Callable[[str], Secret | None]


@dataclass(frozen=True, slots=True)
class Settings:
    """`known` are the providers that come with the program."""

    sources: Sources
    known: frozenset[str] = frozenset()
    keyless: frozenset[str] = frozenset()
    home: Path | None = None
    warnings: tuple[str, ...] = field(default=())

    @classmethod
    def load(
        cls,
        environ: Mapping[str, str],
        *,
        config_file: Path | None,
        known: Collection[str],
        keyless: Collection[str] = (),
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
        sources = Sources(dict(flags or {}), environ, project, config)
        warnings = tuple(mode_warnings(config)) if config else ()
        warnings += tuple(project_warnings(project)) if project else ()
        settings = cls(sources, frozenset(known), frozenset(keyless), home, warnings)
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
            ca_bundle=self._ca_bundle(provider),
            proxies=resolve_proxies(self.of(provider, "proxy"), self.sources.environ),
            headers=self.of(provider, "headers").value,
            options=self._options(provider),
            deadlines=self._deadlines(provider),
            allow_http=bool(self.of(provider, "allow_http").value),
            retries=int(self.of(provider, "retries").value),
            wait=bool(self.of(provider, "wait").value),
            access_token=self.of(provider, "access_token").value or None,
            user=str(self.of(provider, "user").value),
            password=self.of(provider, "password").value or None,
            client=self._client(provider),
            files_keep=bool(self.of(provider, "files_keep").value),
            pictures=self.of(provider, "pictures").value,
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

    def sign_in_origin(self, provider: str) -> Origin | None:
        """Where something stands that signs in without a key: a ready token, a name with its
        password, a certificate."""
        found = (self.of(provider, name) for name in ("access_token", "user", "client_cert"))
        return next((setting.origin for setting in found if setting.value), None)

    def key_command(self, provider: str) -> str:
        """What `run_key_command` has to run for the key; empty when it is not needed."""
        given = self._nearest_key(provider)
        return str(given.value) if given and not isinstance(given.value, Secret) else ""

    def secrets(self) -> tuple[Secret, ...]:
        """Every key the settings hold, for masking."""
        names = sorted(self.names)
        given = [s for name in names if (s := self._nearest_key(name))]
        given += [self.of(name, key) for name in names for key in FURTHER_SECRETS]
        return tuple(s.value for s in given if isinstance(s.value, Secret))

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
        url = str(setting.value).strip().rstrip("/")
        if url and (not url.startswith(("https://", "http://")) or any(c.isspace() for c in url)):
            raise invalid(setting, f"{name} must be an https:// address")
        return url

    def _ca_bundle(self, provider: str) -> str:
        given = self._file(self.of(provider, "ca_bundle"))
        named = (self.sources.environ.get(v, "").strip() for v in GENERAL_CA)
        return given or next((path for path in named if path), "")

    def _client(self, provider: str) -> ClientCertificate | None:
        """The certificate that is shown; its password may still have to be asked of a command."""
        certificate = self._file(self.of(provider, "client_cert"))
        if not certificate:
            return None
        return ClientCertificate(
            certificate,
            self._file(self.of(provider, "client_key")),
            self.of(provider, "client_key_password").value or None,
        )

    def _options(self, provider: str) -> Mapping[str, Any]:
        given: Mapping[str, Any] = self.of(provider, "options").value
        checks = self.of(provider, "profanity_check").value
        return given if checks is None else {"profanity_check": checks, **given}

    def _file(self, setting: Setting) -> str:
        """A path as it is meant: from the home folder, or from the file that names it."""
        text = str(setting.value).strip()
        if not text:
            return ""
        if self.home and (text == "~" or text.startswith("~/")):
            return str(self.home / text[2:])
        document = setting.origin.document
        return str(document.path.parent / text) if document else text

    def _deadlines(self, provider: str) -> Deadlines:
        def seconds(name: str) -> float:
            return float(self.of(provider, name).value)

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
        return Settings(self.sources, self.known, self.keyless, self.home, warnings)


def must_be_known(settings: Settings, provider: str) -> None:
    """For commands that take a provider's name as their argument."""
    if provider not in settings.names:
        hint = nearest(provider, sorted(settings.names))
        raise ConfigError(f"unknown provider {provider}{hint}", hint="llmchat models")
