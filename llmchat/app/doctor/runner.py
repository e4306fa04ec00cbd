"""Runs the checks: which ones, in which order, and with what exit code."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from llmchat.app.ask.candidates import NEXT_STEP
from llmchat.app.doctor.account import account_checks, clock_check
from llmchat.app.doctor.check import Check, failed, skipped
from llmchat.app.doctor.environment import environment_checks
from llmchat.app.doctor.files import SETTINGS, file_checks, settings_checks
from llmchat.app.doctor.network import Probe, run_probe
from llmchat.app.models import provider_names
from llmchat.app.run.bare_context import BareContext
from llmchat.app.run.context import REGISTRY, Context, resolved, with_settings
from llmchat.errors import ConfigError, LlmchatError
from llmchat.language import changed, msg
from llmchat.providers import access_of, all_names, kind_of
from llmchat.settings.broken_settings import load_leniently
from llmchat.settings.checks.file import first_error
from llmchat.settings.toml.document import Document, read_document
from llmchat.store.paths import home_folder
from llmchat.values.secret import redact

GIGACHAT = "gigachat"
LOCAL = "local"


async def run_checks(
    context: Context, *, broken: LlmchatError | None = None, provider: str = "", live: bool = False
) -> list[Check]:
    """Runs all checks, or only those of the named provider. `broken` is the error in the settings,
    if any."""
    checks = list(_settings_checks(context, broken))
    if not provider:
        checks = [*environment_checks(context), *checks, *file_checks(context)]
    names = [provider] if provider else set_up(context)
    if not names:
        checks.append(skipped(msg("services"), msg("none is set up"), NEXT_STEP))
    examined = await asyncio.gather(*(_service_checks(context, n, live=live) for n in names))
    checks += [check for found, _ in examined for check in found]
    if not provider and context.settings.document:
        from llmchat.app.doctor.tools import tool_checks  # only if there may be any

        checks += await tool_checks(context)
    checks += _clock(context, ((n, date) for n, (_, date) in zip(names, examined, strict=True)))
    return [_private(check, context) for check in checks]


def set_up(context: Context) -> list[str]:
    """The providers that the person chose, signed in to or configured; no other service is
    contacted."""
    settings = context.settings
    wanted = {settings.target().provider, *settings.fallback, *_stored(context)}

    def is_set_up(name: str) -> bool:
        signed_in = settings.key_origin(name) or settings.sign_in_origin(name)
        local = access_of(name) == "local" and settings.configured(name)
        return bool(name in wanted or signed_in or local)

    return [name for name in provider_names(context) if is_set_up(name)]


def _stored(context: Context) -> Sequence[str]:
    try:
        return context.stored_names
    except LlmchatError:  # reported by the check of that file
        return ()


def open_leniently(
    bare: BareContext, flags: Mapping[str, object]
) -> tuple[Context, LlmchatError | None]:
    """The context and, if the settings have a mistake, the error; then the context has those
    settings that could be read."""
    try:
        return resolved(bare, flags), None
    except LlmchatError as error:
        broken = error
    environ = bare.world.environ
    settings, _ = load_leniently(
        environ,
        _valid_file(bare.paths.config_file),
        registry=REGISTRY,
        home=home_folder(environ),
        flags=flags,
    )
    return with_settings(bare, settings, flags), broken


def _valid_file(path: Path) -> Document | None:
    with suppress(ConfigError):
        document = read_document(path)
        known = REGISTRY.with_plugins({}, document.table).names if document else ()
        if document and first_error(document, known) is None:
            return document
    return None


def _settings_checks(context: Context, broken: LlmchatError | None) -> Iterable[Check]:
    found = list(settings_checks(context, frozenset(all_names())))
    if broken and not any(check.state == "failed" for check in found):
        found.append(failed(SETTINGS, broken))
    return found


async def _service_checks(context: Context, name: str, *, live: bool) -> tuple[list[Check], str]:
    """The checks of one service, and the time according to its replies."""
    try:
        probes = probes_of(context, name)
    except LlmchatError as error:
        return [failed(name, error)], ""
    now = datetime.fromtimestamp(context.world.clock.now(), UTC)
    found = [check for probe in probes for check in await run_probe(probe, now)]
    if name == LOCAL and not probes:
        from llmchat.app.doctor.local import local_checks  # only for a model of this machine

        found += local_checks(context)
    wants_key = any(probe.status == 401 for probe in probes)
    checks = account_checks(context, name, live=live, wants_key=wants_key)
    found += [check async for check in checks]
    for probe in probes:
        await probe.provider.aclose()
    return found, next((probe.date for probe in probes if probe.date), "")


def probes_of(context: Context, name: str) -> list[Probe]:
    """The addresses of one provider; nothing secret is sent to them."""
    endpoint = replace(context.settings.endpoint(name), api_key=None)
    kind = kind_of(name)
    provider = kind(endpoint, name=name, http=context.world.http)
    if provider.access == "offline" or (name == LOCAL and not endpoint.base_url):
        return []
    base = endpoint.base_url or str(getattr(provider, "base", "") or provider.base_url)
    if name != GIGACHAT:
        url = f"{base.rstrip('/')}/models" if provider.access == "local" else base
        return [Probe(name, provider, url, "API")]
    from llmchat.providers.gigachat.auth.access_tokens import AUTH_URL

    auth_url = endpoint.auth_url or AUTH_URL
    return [
        Probe(name, provider, f"{base}/models", "API"),
        Probe(name, provider, auth_url, "auth"),
    ]


def _clock(context: Context, dates: Iterable[tuple[str, str]]) -> Iterable[Check]:
    """Checks the clock against the first reply with a date."""
    now = context.world.clock.now()
    found = (clock_check(name, date, now) for name, date in dates if date)
    first = next((check for check in found if check), None)
    return [first] if first else []


def _private(check: Check, context: Context) -> Check:
    """A check without secrets and home folder names, so that it can be attached to a bug report."""
    home = str(home_folder(context.world.environ) or "")

    def masked(text: str) -> str:
        text = redact(text, context.world.secrets)
        return re.sub(re.escape(home) + r"(?!\w)", "~", text) if len(home) > 1 else text

    return replace(check, said=changed(check.said, masked), remedy=changed(check.remedy, masked))
