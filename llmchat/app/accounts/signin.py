"""Signs in and out, for `llmchat auth`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from llmchat.app.models import keep, provider_names
from llmchat.app.run.context import Context
from llmchat.errors import (
    AuthError,
    LlmchatError,
    NothingFound,
    ScopeError,
    UsageError,
)
from llmchat.language import all_of, msg
from llmchat.providers import access_of, kind_of, unknown_provider
from llmchat.providers.presets import PRESETS
from llmchat.store.private.credentials import Credential
from llmchat.values.access_token import AccessToken
from llmchat.values.endpoint import Endpoint
from llmchat.values.secret import Secret

if TYPE_CHECKING:
    from llmchat.providers.base import Provider
    from llmchat.providers.gigachat import GigaChat

GIGACHAT = "gigachat"  # the only service with access tokens


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What was learned while signing in."""

    provider: str
    scope: str = ""
    region: str = ""  # the region that knows the key, if the service has several
    token_seconds: float | None = None
    models: tuple[str, ...] = ()
    unchecked: str = ""  # why the key could not be checked
    overridden_by: str = ""  # the setting that takes precedence over what was just stored
    without_key: str = ""  # the setting that signs in by a certificate, a token or a password


async def sign_in(
    context: Context, name: str, typed: str, *, scope: str = "", in_keyring: bool = False
) -> SignedIn:
    """Checks the key and stores it if the service accepts it or cannot be reached."""
    check_name(context, name)
    if name == GIGACHAT:
        found, credential = await _sign_in_to_gigachat(context, typed, scope)
    else:
        found, credential = await _sign_in_with_key(context, name, typed, scope)
    context.credentials.put(name, credential, in_keyring=in_keyring)
    context.resources.forget_stored_names()
    origin = context.settings.key_origin(name)
    return replace(found, overridden_by=str(origin) if origin else "")


async def try_without_key(context: Context, name: str) -> SignedIn | None:
    """Signs in with a certificate, a token or a password from the settings. None if none of them is
    set, or if the service needs a key as well."""
    origin = context.settings.sign_in_origin(name)
    if origin is None:
        return None
    try:
        async with context.provider(name) as provider:
            models = await _kept(context, provider)
    except AuthError:
        return None
    return SignedIn(name, without_key=str(origin), models=models)


def sign_out(context: Context, name: str) -> str:
    """Deletes the key and its tokens; returns the setting that still contains a key, if any."""
    check_name(context, name)
    credential = context.credentials.get(name) if name in context.credentials.names() else None
    origin = context.settings.key_origin(name)
    if not context.credentials.remove(name):
        elsewhere = msg("; its key comes from {origin}", origin=origin) if origin else ""
        problem = msg(
            "you are not signed in to {name} here{elsewhere}", name=name, elsewhere=elsewhere
        )
        raise NothingFound(problem, hint=msg("llmchat auth status"))
    context.resources.forget_stored_names()
    if credential and name == GIGACHAT:
        _forget_tokens(context, credential.key)
    return str(origin) if origin else ""


async def access_token(context: Context, name: str) -> AccessToken:
    """An access token that is valid for at least another minute."""
    if name != GIGACHAT:
        check_name(context, name)
        raise UsageError(
            msg("{name} does not use access tokens; its key is sent directly", name=name),
            hint=msg("llmchat auth token gigachat"),
        )
    provider = context.provider(name)
    provider.check_key()
    async with provider:
        token = await as_gigachat(provider).tokens.token()
    if token is None:
        raise UsageError(
            msg("{name} uses a client certificate, which needs no token", name=name),
            hint=msg("llmchat auth status"),
        )
    return token


def check_name(context: Context, name: str) -> None:
    """Raises an error unless the name is a provider that takes a key."""
    known = provider_names(context)
    if name not in known:  # or it is empty, like an unset variable in a script
        raise unknown_provider(name, known)
    if access_of(name) in ("keyless", "offline"):
        raise UsageError(
            msg("{name} does not need a key", name=name),
            hint=msg('llmchat ask -p {name} "Hello"', name=name),
        )


async def _sign_in_to_gigachat(
    context: Context, typed: str, scope: str
) -> tuple[SignedIn, Credential]:
    from llmchat.providers.gigachat.auth.key import checked_key

    key = checked_key(typed)
    context.world.conceal(key)
    configured = str(context.settings.of(GIGACHAT, "scope").value)
    provider, token = await _first_fitting(context, key, scope, configured)
    if configured not in ("", provider.account.scope):
        context.report.warning(
            msg(
                "the setting scope = {configured} does not match this key; remove it",
                configured=configured,
            )
        )
    async with provider:
        found = SignedIn(
            GIGACHAT,
            scope=provider.account.scope,
            token_seconds=token.seconds_left(context.world.clock.now()),
            models=await _names(context, provider),
        )
    return found, Credential(key, provider.account.scope)


async def _first_fitting(
    context: Context, key: Secret, scope: str, configured: str
) -> tuple[GigaChat, AccessToken]:
    """Tries the scopes until the service accepts one: a key belongs to one scope, which only the
    service knows."""
    from llmchat.providers.gigachat.auth.key import SCOPES

    scopes = (scope,) if scope else tuple(dict.fromkeys(filter(None, (configured, *SCOPES))))
    refused: ScopeError | None = None
    for candidate in scopes:
        provider = as_gigachat(_with_key(context, GIGACHAT, key, scope=candidate))
        try:
            return provider, await provider.purse.request_and_store()
        except ScopeError as error:
            refused = error
            await provider.aclose()
        except BaseException:
            await provider.aclose()
            raise
    assert refused is not None
    if scope:
        raise refused
    raise AuthError(
        msg("the key does not match any of the scopes {scopes}", scopes=", ".join(scopes)),
        hint=msg("look up the scope in your project's settings and pass it with --scope"),
        request_id=refused.request_id,
    )


async def _names(context: Context, provider: GigaChat) -> tuple[str, ...]:
    """The models of the account; () if the list cannot be fetched, because signing in does not
    depend on it."""
    try:
        return await _kept(context, provider)
    except LlmchatError as error:
        context.report.warning(msg("cannot fetch the model list: {message}", message=error.message))
        return ()


async def _sign_in_with_key(
    context: Context, name: str, typed: str, scope: str
) -> tuple[SignedIn, Credential]:
    if scope:
        raise UsageError(
            msg("only GigaChat has scopes"), hint=msg("llmchat auth {name}", name=name)
        )
    key = Secret(plain_key(name, typed))
    context.world.conceal(key)
    regions = _regions(context, name)
    failed: list[LlmchatError] = []
    for region in regions:
        try:
            models = await _models_of(context, name, key, region)
        except LlmchatError as error:
            failed.append(error)
            continue
        found = SignedIn(name, region=region, models=models)
        return found, Credential(key, region=region if region != regions[0] else "")
    unreachable = [error for error in failed if not isinstance(error, AuthError)]
    if unreachable:
        return SignedIn(name, unchecked=unreachable[0].message), Credential(key)
    if len(failed) > 1:
        where = all_of(regions)
        raise AuthError(
            msg("{name} rejected this key in every region: {where}", name=name, where=where),
            hint=failed[0].hint,
        )
    raise failed[0]


def _regions(context: Context, name: str) -> tuple[str, ...]:
    """The regions in which to try a key; one without a name if the address is the person's own."""
    preset = PRESETS.get(name)
    if preset is None or preset.twin is None or context.settings.endpoint(name).base_url:
        return ("",)
    return (preset.region, preset.twin.name)


async def _models_of(context: Context, name: str, key: Secret, region: str) -> tuple[str, ...]:
    """The service's models, after checking the key: some services list their models without one, so
    another request checks it."""
    async with _with_key(context, name, key, region=region) as provider:
        await provider.check_credentials()
        return await _kept(context, provider)


async def _kept(context: Context, provider: Provider) -> tuple[str, ...]:
    """Fetches the service's list of models and caches it for `models`."""
    models = await provider.list_models()
    keep(context, provider.id, models)
    return tuple(model.id for model in models)


def plain_key(name: str, typed: str) -> str:
    """A pasted key without surrounding characters."""
    from llmchat.providers.gigachat.auth.key import cleaned

    key = cleaned(typed)
    if not key:
        raise UsageError(
            msg("the key is empty"), hint=msg("try again: llmchat auth {name}", name=name)
        )
    if not (key.isascii() and key.isprintable()):
        raise UsageError(msg("not a valid key: unexpected characters"), hint=msg("copy it again"))
    return key


def _with_key(
    context: Context, name: str, key: Secret, *, scope: str = "", region: str = ""
) -> Provider:
    endpoint: Endpoint = context.settings.endpoint(name)
    client = endpoint.client and context.unlocked(name, endpoint.client)
    kind = kind_of(name)
    return kind(
        replace(
            endpoint,
            api_key=key,
            scope=scope or endpoint.scope,
            region=region,
            access_token=None,
            client=client,
        ),
        name=name,
        http=context.world.http,
        tokens=context.tokens if kind.keeps_tokens else None,
    )


def as_gigachat(provider: Provider) -> GigaChat:
    from llmchat.providers.gigachat import GigaChat

    assert isinstance(provider, GigaChat)
    return provider


def _forget_tokens(context: Context, key: Secret) -> None:
    from llmchat.providers.gigachat.auth.key import SCOPES

    own = str(context.settings.of(GIGACHAT, "scope").value)
    for scope in dict.fromkeys(filter(None, (own, *SCOPES))):
        provider = as_gigachat(_with_key(context, GIGACHAT, key, scope=scope))
        context.tokens.forget(provider.account.id)
