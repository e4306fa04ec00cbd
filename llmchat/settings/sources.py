"""Reads settings from flags, environment, project file and config file. Only given values are
included, each is checked once, and errors name the place."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from llmchat.errors import ConfigError, LlmchatError, UsageError
from llmchat.language import msg
from llmchat.settings.keys import (
    FOREIGN,
    PREFIX,
    PROJECT,
    PROVIDER,
    PROVIDER_VARIABLES,
    SYNONYMS,
    TOP,
    TOP_VARIABLES,
    Key,
    carries_question,
    stem,
)
from llmchat.settings.toml.document import (
    CORRECT_HINT,
    LARGEST_OF_OTHERS,
    Document,
    read_document,
)
from llmchat.settings.values import BadValue, Origin, Setting, coerced, from_text, literal
from llmchat.values.endpoint import Proxies, is_loopback
from llmchat.values.urls import PROXY_SCHEMES, host_of, is_web_address, proxy_address

PROJECT_FILE = ".llmchat.toml"
DIRECT = "none"  # `proxy = "none"` ignores the environment's proxies too

Top = dict[str, Setting]
OfProviders = dict[str, dict[str, Setting]]
Tell = Callable[[LlmchatError], object]


@dataclass(frozen=True, slots=True)
class Source:
    """The settings from one place: top-level ones and those of each provider; `broken` has the
    mistakes in a provider's settings, which are reported only if that provider is needed."""

    name: str  # as in `Origin.source`
    top: Mapping[str, Setting] = field(default_factory=dict)
    providers: Mapping[str, Mapping[str, Setting]] = field(default_factory=dict)
    broken: Mapping[str, LlmchatError] = field(default_factory=dict)
    document: Document | None = None  # of config.toml, for tables that only some commands read

    def of(self, provider: str) -> Mapping[str, Setting]:
        return self.providers.get(provider, {})

    def without(self, *names: str) -> Source:
        """The source without these settings, for callers that must continue although they are
        broken."""
        kept = {name: setting for name, setting in self.top.items() if name not in names}
        return replace(self, top=kept)

    def without_providers(self, names: Collection[str]) -> Source:
        """The source without the settings of disabled plugins, so that their keys are not used for
        another server."""
        if not names:
            return self
        kept = {name: own for name, own in self.providers.items() if name not in names}
        return replace(self, providers=kept)


Sources = tuple[Source, ...]  # by precedence, highest first


def read_flags(flags: Mapping[str, Any]) -> Source:
    """Settings from flags; those that were not given are None or missing."""
    top: Top = {}
    for name, value in flags.items():
        if value is None or (name == "fallback" and not value):
            continue
        if name == "options":
            value = {k: literal(v) if isinstance(v, str) else v for k, v in value.items()}
        shown = "--option" if name == "options" else "--" + name.replace("_", "-")
        top[name] = _checked(Setting(name, value, Origin("flag", shown)), TOP[name])
    return Source("flag", top)


def read_environment(
    environ: Mapping[str, str],
    providers: Collection[str],
    key_variables: Mapping[str, tuple[str, ...]],
    *,
    tell: Tell | None = None,
) -> Source:
    """Settings from environment variables. `tell` gets the errors; without it, the first one is
    raised. An empty variable counts as unset, because that is how a shell removes one."""
    top: Top = {}
    own: OfProviders = {}
    broken: dict[str, LlmchatError] = {}
    for variable, provider, name in _variables(environ, providers, key_variables):
        settings = own.setdefault(provider, {}) if provider else top
        if name in settings:  # already set by a variable that takes precedence
            continue
        label = f"providers.{provider}.{name}" if provider else name
        setting = Setting(label, environ[variable], Origin("environment", variable))
        try:
            key = PROVIDER[name] if provider else TOP[name]
            settings[name] = _checked(setting, key, read=from_text)
        except LlmchatError as error:
            if provider:
                broken.setdefault(provider, error)
            elif tell:
                tell(error)
            else:
                raise
    return Source("environment", top, own, broken)


def resolve_proxies(
    named: Setting | None, environ: Mapping[str, str], *, is_general: bool = False
) -> Proxies:
    """The proxies, from our own setting and the system's variables; `is_general` if the setting is
    for all providers."""
    if named and named.value == DIRECT:
        return Proxies()
    url = _proxy(named) if named and named.value else ""
    exceptions = environ.get("no_proxy", "").strip() or environ.get("NO_PROXY", "")
    return Proxies(
        explicit="" if is_general else url,
        general=url if is_general else "",
        http=_proxy_of(environ, "http_proxy"),
        https=_proxy_of(environ, "https_proxy"),
        no_proxy=tuple(exceptions.replace(",", " ").split()),
    )


def web_address(setting: Setting | None) -> str:
    """The address in a setting; "" without one."""
    url = _with_scheme(str(setting.value).strip().rstrip("/")) if setting else ""
    if setting and url and not is_web_address(url):
        name = setting.key.rpartition(".")[2]
        raise invalid(
            setting, msg("{name} must be an https:// URL with a valid host and port", name=name)
        )
    return url


def find_project_file(cwd: Path, *, home: Path | None) -> Path | None:
    """The nearest project file between here and the project's root (`.git`) or the home folder.

    Outside of both, only the current folder counts: anybody may create files in /tmp.
    """
    found: Path | None = None
    for folder in (cwd, *cwd.parents):
        file = folder / PROJECT_FILE
        # Not pathlib, which raises for folders that may not be read.
        if found is None and os.path.isfile(file):  # noqa: PTH113
            found = file
        if folder == home or os.path.exists(folder / ".git"):  # noqa: PTH110
            return found
    return found if found == cwd / PROJECT_FILE else None


def read_project_document(path: Path) -> Document | None:
    """Reads a file that came with a repository, with a small size limit."""
    return read_document(path, most=LARGEST_OF_OTHERS, hint=CORRECT_HINT)


def read_project(document: Document | None) -> Source:
    """The settings that a project may make."""
    top: Top = {}
    for name in PROJECT:
        if document and name in document.table:
            origin = Origin("project", document=document, path=(name,))
            setting = Setting(name, document.table[name], origin)
            top[name] = _checked(setting, TOP[name])
    if options := top.get("options"):
        harmless = {k: v for k, v in options.value.items() if not carries_question(k, v)}
        top["options"] = Setting(options.key, harmless, options.origin)
    return Source("project", top)


def read_config(document: Document | None) -> Source:
    """The settings in a file in which `problems` found nothing."""
    if document is None:
        return Source("config")
    top: Top = {}
    own: OfProviders = {}
    for name, value in document.table.items():
        if name in TOP:
            top[name] = _in_file(document, (name,), value, TOP[name])
    for provider, table in document.table.get("providers", {}).items():
        own[provider] = {}
        for name, value in table.items():
            setting = _in_file(document, ("providers", provider, name), value, PROVIDER[name])
            shared = SYNONYMS.get(name, name)
            if setting.value or not own[provider].get(shared):
                own[provider][shared] = setting
    return Source("config", top, own, document=document)


def invalid(setting: Setting, problem: str) -> LlmchatError:
    """The error for an invalid value, with its place."""
    origin = setting.origin
    if origin.source == "flag":
        return UsageError(
            msg("{name}: {problem}", name=origin.name, problem=problem),
            hint=msg("llmchat ask --help"),
        )
    if origin.document is not None:
        return origin.document.error(origin.path, problem)
    return ConfigError(
        msg("{name}: {problem}", name=origin.name, problem=problem),
        hint=msg("correct {name} or unset it", name=origin.name),
    )


def _proxy(setting: Setting) -> str:
    address = proxy_address(str(setting.value))
    if not address:
        raise invalid(
            setting,
            msg("not a proxy URL (use {proxy_schemes})", proxy_schemes=", ".join(PROXY_SCHEMES)),
        )
    return address


def _proxy_of(environ: Mapping[str, str], name: str) -> str:
    for variable in (name, name.upper(), "all_proxy", "ALL_PROXY"):
        value = environ.get(variable, "").strip()
        cgi = variable == "HTTP_PROXY" and "REQUEST_METHOD" in environ
        if value and not cgi:  # under CGI, HTTP_PROXY is a header set by the visitor
            return _proxy(Setting("proxy", value, Origin("environment", variable)))
    return ""


def _variables(
    environ: Mapping[str, str],
    providers: Collection[str],
    key_variables: Mapping[str, tuple[str, ...]],
) -> Iterator[tuple[str, str, str]]:
    """Each variable that is set, with its provider and setting, by precedence: our names first, and
    API_KEY before CREDENTIALS."""
    for variable in sorted([name for name in environ if name.startswith(PREFIX)]):
        if not environ[variable].strip():
            continue
        name = variable.removeprefix(PREFIX)
        if name in TOP_VARIABLES:
            yield variable, "", TOP_VARIABLES[name]
        for provider in providers if name.endswith(tuple(PROVIDER_VARIABLES)) else ():
            key = PROVIDER_VARIABLES.get(name.removeprefix(stem(provider)), "")
            if key and name.startswith(stem(provider)):
                yield variable, provider, SYNONYMS.get(key, key)
    for (provider, key), others in FOREIGN.items():
        for variable in others:
            if provider in providers and environ.get(variable, "").strip():
                yield variable, provider, key
    for provider, others in key_variables.items():
        for variable in others:
            if environ.get(variable, "").strip():
                yield variable, provider, "api_key"


def _in_file(document: Document, path: tuple[str, ...], value: Any, key: Key) -> Setting:
    origin = Origin("config", document=document, path=path)
    return _checked(Setting(".".join(path), value, origin), key)


def _checked(setting: Setting, key: Key, *, read: Any = coerced) -> Setting:
    try:
        return Setting(setting.key, read(setting.value, key), setting.origin)
    except BadValue as error:
        raise invalid(setting, str(error)) from error


def _with_scheme(address: str) -> str:
    """Adds http:// to an address on this machine without a scheme, such as `127.0.0.1:8080`."""
    local = "://" not in address and is_loopback(host_of(f"http://{address}"))
    return f"http://{address}" if local else address
