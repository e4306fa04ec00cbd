"""Where a person is signed in, for `llmchat auth status`; makes no requests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from llmchat.app.accounts.signin import GIGACHAT, as_gigachat, check_name
from llmchat.app.models import provider_names
from llmchat.app.run.context import Context
from llmchat.errors import LlmchatError, MissingAuthError
from llmchat.language import msg


@dataclass(frozen=True, slots=True)
class AccountStatus:
    """One provider as `auth status` shows it; nothing in it is secret."""

    provider: str
    signed_in: bool
    origin: str = ""  # credentials.json, keyring, a variable, a line of config.toml
    scope: str = ""
    fingerprint: str = ""
    token_seconds: int | None = None  # for which the cached token is still valid


def accounts(context: Context, name: str = "") -> list[AccountStatus]:
    """The providers that the person is signed in to, or the named one."""
    if name:
        check_name(context, name)
        return [_account(context, name)]
    return [found for n in provider_names(context) if (found := _account(context, n)).signed_in]


def _account(context: Context, name: str) -> AccountStatus:
    origin = context.settings.key_origin(name)
    further = context.settings.sign_in_origin(name)
    if further and (origin is None or context.settings.of(name, "access_token").value):
        return AccountStatus(name, signed_in=True, origin=str(further))
    if origin is None and name not in context.stored_names:
        return AccountStatus(name, signed_in=False)
    if origin is None:
        kept = context.credentials.is_in_keyring(name)
        place = "keyring" if kept else context.paths.credentials.name
    else:
        place = str(origin)
    if context.settings.key_command(name):  # not run just to show the status: it may ask something
        return AccountStatus(name, signed_in=True, origin=f"{place}: api_key_command")
    return _with_token(context, AccountStatus(name, signed_in=True, origin=place))


def _with_token(context: Context, account: AccountStatus) -> AccountStatus:
    from llmchat.providers.gigachat.auth.key import fingerprint

    try:
        endpoint = context.endpoint(account.provider)
    except LlmchatError as error:
        context.report.warning(error.message)
        return account
    if endpoint.api_key is None:
        return replace(account, signed_in=False)
    account = replace(account, fingerprint=fingerprint(endpoint.api_key)[:12])
    if account.provider != GIGACHAT:
        return account
    provider = as_gigachat(context.provider(GIGACHAT))
    token = context.tokens.get(provider.account.id)
    left = token.seconds_left(context.world.clock.now()) if token else 0
    seconds = round(left) if left > 0 else None
    return replace(account, scope=provider.account.scope, token_seconds=seconds)


def nobody(names: Sequence[str] = ()) -> MissingAuthError:
    who = names[0] if names else GIGACHAT
    return MissingAuthError(
        msg("not signed in to any provider"), hint=msg("sign in with: llmchat auth {who}", who=who)
    )
