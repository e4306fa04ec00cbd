"""Ways to authenticate: a key, a user name with a password, an existing token, or a client
certificate."""

from __future__ import annotations

from typing import Protocol

from llmchat.errors import AuthError, ConfigError
from llmchat.language import msg
from llmchat.providers.gigachat.auth.access_tokens import Account, Purse, TokenStore
from llmchat.providers.gigachat.hosts import OLD_HOST, takes_passwords
from llmchat.transport import Wire
from llmchat.values.access_token import AccessToken
from llmchat.values.endpoint import Endpoint
from llmchat.values.secret import Secret

ENDLESS = float("inf")


class Tokens(Protocol):
    """Supplies access tokens for calls; None if calls need no token."""

    def stored(self) -> AccessToken | None: ...

    async def token(self, *, refused: AccessToken | None = None) -> AccessToken | None: ...


class ReadyToken:
    """A token from the settings: llmchat cannot renew it."""

    def __init__(self, secret: Secret) -> None:
        self._token = AccessToken(secret, ENDLESS)

    def stored(self) -> AccessToken:
        return self._token

    async def token(self, *, refused: AccessToken | None = None) -> AccessToken:
        if refused is not None:
            raise AuthError(
                msg("the access token has expired or is invalid, and llmchat cannot renew it"),
                hint=msg(
                    "set a new one in GIGACHAT_ACCESS_TOKEN, or remove it and sign in with a "
                    "key: llmchat auth gigachat"
                ),
                status=401,
            )
        return self._token


class Unsigned:
    """Calls need no token, because the client certificate authenticates them."""

    def stored(self) -> None:
        return None

    async def token(self, *, refused: AccessToken | None = None) -> None:
        return None


def is_signed_in(endpoint: Endpoint) -> bool:
    named = endpoint.user and endpoint.password
    return bool(endpoint.access_token or endpoint.api_key or named or endpoint.client)


def account_of(endpoint: Endpoint, base: str) -> Account:
    """The account that tokens are requested for: that of a key, else that of a user name."""
    if not endpoint.api_key and endpoint.user and endpoint.password:
        return Account.of_person(endpoint.user, endpoint.password, f"{base}/token")
    return Account.of(endpoint)


def tokens_for(
    endpoint: Endpoint, account: Account, store: TokenStore, wire: Wire
) -> tuple[Tokens, Purse]:
    """The source of tokens for calls, and the account's purse, which an existing token leaves
    unused."""
    purse = Purse(account, store, wire)
    if endpoint.access_token:
        return ReadyToken(endpoint.access_token), purse
    if account.key:
        return purse, purse
    return Unsigned(), purse


def check_address(endpoint: Endpoint, base: str) -> None:
    """Raises an error for a user name and password at the new address, which does not accept
    them."""
    signs_by_name = endpoint.user and not endpoint.api_key and not endpoint.access_token
    if signs_by_name and not takes_passwords(base):
        raise ConfigError(
            msg(
                "user and password work only at GigaChat's older address, not at {base}", base=base
            ),
            hint=msg(
                "sign in with a key (llmchat auth gigachat), or set base_url to "
                "https://{old_host}/api/v1",
                old_host=OLD_HOST,
            ),
        )
