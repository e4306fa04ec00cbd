"""Checks key, scope, token and clock of providers with a sign-in; with `live`, by a real
request."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing

from llmchat.app.ask.candidates import auto_model
from llmchat.app.doctor.check import Check, failed, ok, skipped, warning
from llmchat.app.run.context import Context
from llmchat.errors import LlmchatError, MissingAuthError
from llmchat.failover import Candidate
from llmchat.language import msg
from llmchat.language.dates import short_time
from llmchat.providers import access_of
from llmchat.providers.gigachat import GigaChat
from llmchat.providers.gigachat.auth.access_tokens import clock_offset
from llmchat.providers.gigachat.auth.key import SCOPES, cleaned, complaint_about
from llmchat.providers.gigachat.hosts import MOVE, OLD_HOST, is_retired
from llmchat.render.clean import clean_line
from llmchat.render.width import cut
from llmchat.values.events import Delta, Finish
from llmchat.values.messages import Message, Request

QUESTION = "Reply with the word OK."
SHOWN = 40  # cells of the answer that are shown
WITH_LIVE = msg("to check it: llmchat doctor --live")
GIGACHAT = "gigachat"


async def account_checks(
    context: Context, name: str, *, live: bool, wants_key: bool
) -> AsyncIterator[Check]:
    """The checks of one provider: its key and, with `live`, an answer to a question. `wants_key`
    says that it refused a request without a key."""
    if access_of(name) not in ("key", "local"):
        if live:
            yield await _answered(context, name)
        return
    origin = context.settings.key_origin(name)
    if context.settings.key_command(name) and not live:
        yield skipped(name, msg("key: printed by a command ({origin})", origin=origin), WITH_LIVE)
        return
    try:
        endpoint = context.endpoint(name)
    except LlmchatError as error:
        yield failed(name, error)
        return
    further = context.settings.sign_in_origin(name)
    if name == GIGACHAT and is_retired(endpoint.base_url):
        yield warning(name, msg("address: {old_host} is being retired", old_host=OLD_HOST), MOVE)
    if name == GIGACHAT and further and (endpoint.access_token or endpoint.api_key is None):
        yield ok(name, msg("signed in without a key: {further}", further=further))
        if live:
            yield await _answered(context, name)
        return
    if endpoint.api_key is None:
        if access_of(name) == "key" or wants_key:
            hint = msg("llmchat auth {name}", name=name)
            yield failed(name, MissingAuthError(msg("key: not signed in"), hint=hint))
        elif live:
            yield await _answered(context, name)
        return
    place = str(origin) if origin else context.paths.credentials.name
    if name == GIGACHAT:
        async for check in _gigachat(context, place, live=live):
            yield check
        return
    yield ok(name, msg("key: from {place}", place=place))
    if live:
        yield await _answered(context, name)


def clock_check(name: str, date: str, now: float) -> Check | None:
    """Compares our clock with the Date header of the service's reply."""
    offset = clock_offset(date, now)
    if offset is None:
        return None
    if not offset:
        return ok(msg("clock"), msg("matches {name}'s", name=name))
    long = abs(offset) >= 90
    away = msg("{n:.0f} min", n=abs(offset) / 60) if long else msg("{n:.0f} s", n=abs(offset))
    if offset > 0:
        said = msg("{time} behind {name}'s", time=away, name=name)
    else:
        said = msg("{time} ahead of {name}'s", time=away, name=name)
    return warning(msg("clock"), said, msg("set the clock; certificates may be refused"))


async def _gigachat(context: Context, place: str, *, live: bool) -> AsyncIterator[Check]:
    provider = context.provider(GIGACHAT)
    assert isinstance(provider, GigaChat)
    async with provider:
        account = provider.account
        complaint = complaint_about(cleaned(account.key.reveal()))
        if complaint:
            said = msg("key: from {place}; {complaint}", place=place, complaint=complaint)
            remedy = msg("to enter a new key: llmchat auth gigachat")
            yield Check(GIGACHAT, "failed", said, remedy, 4)
        else:
            yield ok(GIGACHAT, msg("key: from {place}, base64 of id:secret", place=place))
        if account.scope in SCOPES:
            yield ok(GIGACHAT, msg("scope: {scope}", scope=account.scope))
        else:
            said = msg("scope: unknown scope {scope}", scope=account.scope)
            scopes = ", ".join(SCOPES)
            remedy = msg(
                "use one of {scopes}; llmchat auth gigachat finds the right one", scopes=scopes
            )
            yield warning(GIGACHAT, said, remedy)
        yield _token(context, provider)
        if live:
            yield await _bought(context, provider)
            yield await _answered(context, GIGACHAT)


def _token(context: Context, provider: GigaChat) -> Check:
    token = context.tokens.get(provider.account.id)
    left = token.seconds_left(context.world.clock.now()) if token else 0.0
    if left <= 0:
        return ok(GIGACHAT, msg("token: none stored; one will be requested when needed"))
    return ok(GIGACHAT, msg("token: valid for {left:.0f} min", left=left / 60))


async def _bought(context: Context, provider: GigaChat) -> Check:
    try:
        token = await provider.purse.request_and_store()
    except LlmchatError as error:
        return failed(GIGACHAT, error)
    left = token.seconds_left(context.world.clock.now())
    return ok(GIGACHAT, msg("live: got a token, valid for {left:.0f} min", left=left / 60))


async def _answered(context: Context, name: str) -> Check:
    """Asks one tiny question in the usual way, including consent to a third party."""
    from llmchat.app.ask.third_party import ThirdPartyPolicy

    candidate = Candidate(name, access_of(name), lambda: context.provider(name))
    policy = ThirdPartyPolicy(context, allow_secrets=False)
    request = Request(auto_model(context, name), (Message("user", QUESTION),))
    about, start, text = msg("{name} live", name=name), context.world.clock.ticks(), ""
    try:
        await policy(candidate, request)
        async with context.provider(name) as provider, aclosing(provider.stream(request)) as events:
            async for event in events:
                text += event.text if isinstance(event, Delta) else ""
                if isinstance(event, Finish):
                    break
    except LlmchatError as error:
        return failed(about, error)
    took = short_time(round((context.world.clock.ticks() - start) * 1000))
    said = cut(" ".join(clean_line(text).split()), SHOWN)
    facts = {"question": QUESTION, "said": said, "took": took}
    return ok(about, msg('asked "{question}", answered "{said}" in {took}', **facts))
