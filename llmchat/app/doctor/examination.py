"""The whole examination: what is looked at, in which order, and whose fault weighs how much."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

from llmchat.app.doctor.account import account_checks, clock_check
from llmchat.app.doctor.check import Check, failed, softened
from llmchat.app.doctor.files import SETTINGS, file_checks, settings_checks
from llmchat.app.doctor.network import Way, walked
from llmchat.app.doctor.surroundings import surroundings
from llmchat.app.run import Run
from llmchat.errors import LlmchatError
from llmchat.providers import NAMES, access_of, load
from llmchat.providers.base import Provider
from llmchat.secret import redact
from llmchat.settings import Settings
from llmchat.store.paths import home_folder

GIGACHAT = "gigachat"


async def examine(run: Run, *, provider: str = "", live: bool = False) -> list[Check]:
    """Every check; with a provider's name only those of that one."""
    checks = list(_settled(run))
    if not provider:
        checks = [*surroundings(run), *checks, *file_checks(run)]
    names = [provider] if provider else in_reach(run)
    needed = {provider} if provider else depended_on(run)
    examined = await asyncio.gather(*(_service(run, n, live=live) for n in names))
    for name, (found, _) in zip(names, examined, strict=True):
        checks += found if name in needed else [softened(check) for check in found]
    checks += _clock(run, ((n, date) for n, (_, date) in zip(names, examined, strict=True)))
    return [_private(check, run) for check in checks]


def in_reach(run: Run) -> list[str]:
    """All that need no key, GigaChat, and those somebody signed in to or set up."""
    everybody = (*NAMES, *(n for n in run.settings.own_servers if n not in NAMES))
    own = depended_on(run)
    return [n for n in everybody if n in own or n == GIGACHAT or access_of(n) == "keyless"]


def depended_on(run: Run) -> set[str]:
    """Whose failure is the person's own: chosen, signed in, or set up."""
    everybody = (*NAMES, *run.settings.own_servers)
    chosen = run.settings.target().provider
    signed_in = {n for n in everybody if run.settings.key_origin(n) or n in _stored(run)}
    local = {n for n in everybody if access_of(n) == "local" and run.settings.configured(n)}
    return {n for n in everybody if n == chosen} | signed_in | local


def _stored(run: Run) -> Sequence[str]:
    try:
        return run.stored_names
    except LlmchatError:  # told by the check of that file
        return ()


def _settled(run: Run) -> Iterable[Check]:
    """Settings that cannot be read are a finding, and the rest goes on without them."""
    broken: LlmchatError | None = None
    try:
        run.settings.target()
    except LlmchatError as error:
        broken = error
        run.settings = _without_mistakes(run)
    found = list(settings_checks(run, frozenset(NAMES)))
    if broken and not any(check.state == "failed" for check in found):
        found.append(failed(SETTINGS, broken))
    return found


def _without_mistakes(run: Run) -> Settings:
    """The settings without the files, and if that is not enough without who is to be asked."""
    environ = dict(run.world.environ)
    for left_out in (("LLMCHAT_CONFIG",), ("LLMCHAT_PROVIDER", "LLMCHAT_MODEL")):
        for name in left_out:
            environ.pop(name, None)
        settings = Settings.load(
            environ, config_file=None, known=NAMES, home=home_folder(environ), flags=run.flags
        )
        with suppress(LlmchatError):
            settings.target()
            break
    return settings


async def _service(run: Run, name: str, *, live: bool) -> tuple[list[Check], str]:
    """The checks of one service, and what its clock says."""
    try:
        ways = ways_to(run, name)
    except LlmchatError as error:
        return [failed(name, error)], ""
    now = datetime.fromtimestamp(run.world.clock.now(), UTC)
    found = [check for way in ways for check in await walked(way, now)]
    found += [check async for check in account_checks(run, name, live=live)]
    for way in ways:
        await way.provider.aclose()
    return found, next((way.date for way in ways if way.date), "")


def ways_to(run: Run, name: str) -> list[Way]:
    """The addresses of one provider; nothing secret goes there."""
    endpoint = replace(run.settings.endpoint(name), api_key=None)
    kind = load(name if name in NAMES else "openai")
    provider = kind(endpoint, name=name, http=run.world.http)
    if provider.access == "offline":
        return []
    base = endpoint.base_url or address_of(provider)
    if name != GIGACHAT:
        return [Way(name, provider, base)]
    from llmchat.providers.gigachat.tokens import AUTH_URL

    auth_url = endpoint.auth_url or AUTH_URL
    return [Way(name, provider, f"{base}/models"), Way(name, provider, auth_url)]


def address_of(provider: Provider) -> str:
    return str(getattr(provider, "base", "") or provider.base_url)


def _clock(run: Run, dates: Iterable[tuple[str, str]]) -> Iterable[Check]:
    """One reply is enough to tell the time."""
    now = run.world.clock.now()
    found = (clock_check(name, date, now) for name, date in dates if date)
    first = next((check for check in found if check), None)
    return [first] if first else []


def _private(check: Check, run: Run) -> Check:
    """Fit to be attached to a report: no secret, and no name of a home folder."""
    home = str(home_folder(run.world.environ) or "")

    def told(text: str) -> str:
        text = redact(text, run.secrets())
        return text.replace(home, "~") if len(home) > 1 else text

    return replace(check, said=told(check.said), remedy=told(check.remedy))
