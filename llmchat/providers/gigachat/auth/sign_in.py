"""Ways to authenticate: a key, a user name with a password, a ready token, or a client
certificate."""

from __future__ import annotations

from typing import Protocol

from llmchat.errors import AuthError, ConfigError
from llmchat.language import msg
from llmchat.providers.gigachat.auth.tokens import Account, Purse, TokenStore
from llmchat.providers.gigachat.hosts import OLD_HOST, takes_passwords
from llmchat.transport import Wire
from llmchat.values.endpoint import Endpoint
from llmchat.values.secret import AccessToken, Secret

ENDLESS = float("inf")


class Tokens(Protocol):
    """What signs a call; None needs no signature."""

    def stored(self) -> AccessToken | None: ...

    async def token(self, *, refused: AccessToken | None = None) -> AccessToken | None: ...


class ReadyToken:
    """A token from elsewhere: used as it is, because llmchat cannot renew it."""

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
    """The certificate of the connection says it all."""

    def stored(self) -> None:
        return None

    async def token(self, *, refused: AccessToken | None = None) -> None:
        return None


def is_signed_in(endpoint: Endpoint) -> bool:
    named = endpoint.user and endpoint.password
    return bool(endpoint.access_token or endpoint.api_key or named or endpoint.client)


def account_of(endpoint: Endpoint, base: str) -> Account:
    """Whose tokens are requested: a key's, else a person's with a password."""
    if not endpoint.api_key and endpoint.user and endpoint.password:
        return Account.of_person(endpoint.user, endpoint.password, f"{base}/token")
    return Account.of(endpoint)


def tokens_for(
    endpoint: Endpoint, account: Account, store: TokenStore, wire: Wire
) -> tuple[Tokens, Purse]:
    """The tokens that sign calls, and the account's purse, which a ready token never opens."""
    purse = Purse(account, store, wire)
    if endpoint.access_token:
        return ReadyToken(endpoint.access_token), purse
    if account.key:
        return purse, purse
    return Unsigned(), purse


def check_address(endpoint: Endpoint, base: str) -> None:
    """A name and a password are taken at the older address only."""
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
