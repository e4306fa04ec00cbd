"""Access tokens: requested with the key, stored, and renewed in time, once for all processes.

Why: docs/decisions/0053-the-clock-of-the-service.md.
"""

from __future__ import annotations

import asyncio
import base64
import re
import threading
import time
import uuid
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Protocol

from llmchat.errors import LlmchatError, Timeout
from llmchat.language import msg
from llmchat.providers.formats.readers import json_object
from llmchat.providers.gigachat.auth.key import PERSONAL, cleaned, fingerprint
from llmchat.providers.gigachat.auth.refusals import token_refusal
from llmchat.transport import Reply, Wire
from llmchat.transport.errors.status import unexpected
from llmchat.transport.http_dates import seconds_of
from llmchat.values.access_token import AccessToken
from llmchat.values.endpoint import Endpoint
from llmchat.values.secret import Secret, without_keys

AUTH_URL = "https://ngw.devices.sberbank.ru:9443/api/v2/oauth"
TOKEN = re.compile(rb"access_token|\btok\b")
SENDABLE = re.compile("[!-~]{1,65536}")  # servers refuse longer ones, which would fill our file
# Seconds before its expiry that a token is renewed, so that it outlives a long request.
EARLY = 60.0
LIFETIME = 1800.0
MILLISECONDS_FROM = 1e11  # a larger number is in milliseconds: in seconds it would be the year 5138
BEFORE_ALL_TOKENS = 1.5e9  # 2017
NOTABLE_OFFSET = 30.0  # seconds of clock difference that are ignored
WORTH_TELLING = 120.0  # seconds of clock difference from which the person is warned
# A token that lives longer is meant to: with so wrong a clock TLS would fail.
MADE_TO_LAST = 400 * 86400.0
SOONEST_PAUSE, LONGEST_PAUSE = 0.005, 0.1
TOKEN_TIMEOUT = 30.0  # seconds for one token request; it usually takes a tenth of one
# Seconds to wait for another process's request before making our own.
REFRESH_TIMEOUT = 2 * TOKEN_TIMEOUT


class TokenLock(Protocol):
    def enter(self) -> bool:
        """Takes the lock if it is free; returns whether it did."""

    def leave(self) -> None: ...


class TokenStore(Protocol):
    """Stores tokens, and has the locks for each key."""

    def now(self) -> float: ...

    def get(self, key_id: str) -> AccessToken | None: ...

    def put(self, key_id: str, token: AccessToken) -> None: ...

    def forget(self, key_id: str) -> None: ...

    def lock(self, name: str) -> TokenLock: ...


class MemoryTokens:
    """Stores tokens in memory; threads and event loops may share it."""

    def __init__(self) -> None:
        self.now = time.time
        self._tokens: dict[str, AccessToken] = {}
        self._locks: dict[str, threading.Lock] = {}

    def get(self, key_id: str) -> AccessToken | None:
        return self._tokens.get(key_id)

    def put(self, key_id: str, token: AccessToken) -> None:
        self._tokens[key_id] = token

    def forget(self, key_id: str) -> None:
        self._tokens.pop(key_id, None)

    def lock(self, name: str) -> TokenLock:
        return MemoryLock(self._locks.setdefault(name, threading.Lock()))


class MemoryLock:
    def __init__(self, lock: threading.Lock) -> None:
        self._lock = lock
        self._held = False

    def enter(self) -> bool:
        self._held = self._lock.acquire(blocking=False)
        return self._held

    def leave(self) -> None:
        if self._held:
            self._held = False
            self._lock.release()


@dataclass(frozen=True, slots=True)
class Account:
    """An account: a key, a scope, and the address that issues its tokens."""

    key: Secret
    scope: str = PERSONAL
    auth_url: str = AUTH_URL
    # A user name and password instead of a key; no scope, and another form of request.
    person: bool = False

    @classmethod
    def of_person(cls, user: str, password: Secret, auth_url: str) -> Account:
        plain = f"{user}:{password.reveal()}".encode(errors="surrogatepass")
        return cls(Secret(base64.b64encode(plain).decode()), "", auth_url, person=True)

    @classmethod
    def of(cls, endpoint: Endpoint) -> Account:
        key = endpoint.api_key.reveal() if endpoint.api_key else ""
        return cls(Secret(cleaned(key)), endpoint.scope or PERSONAL, endpoint.auth_url or AUTH_URL)

    @property
    def id(self) -> str:
        """An id of the account for file names that does not reveal the key. It includes the
        address, because a token of one service must not be sent to another."""
        text = "\n".join((fingerprint(self.key), self.scope, self.auth_url))
        return sha256(text.encode(errors="surrogatepass")).hexdigest()

    @property
    def stream_lock(self) -> str:
        """The name of the lock for the single stream of a personal key, which all programs
        share."""
        return f"stream-{fingerprint(self.key)[:32]}"


class Purse:
    """The tokens of one account."""

    def __init__(self, account: Account, store: TokenStore, wire: Wire) -> None:
        self.account = account
        self._store = store
        self._wire = wire

    def stored(self) -> AccessToken | None:
        """The stored token, if it is valid for at least another minute."""
        token = self._store.get(self.account.id)
        if token is None or token.seconds_left(self._store.now()) <= EARLY:
            return None
        self._wire.conceal(token.secret)
        return token

    async def token(self, *, refused: AccessToken | None = None) -> AccessToken:
        """A valid token. If the service did not accept the token `refused` although it has not
        expired, a new one is requested, unless another process has done so meanwhile."""
        token = self.stored()
        if token and not _same(token, refused):
            return token
        async with entered(self._store.lock(f"token-{self.account.id}"), REFRESH_TIMEOUT):
            token = self.stored()
            if token and not _same(token, refused):
                return token
            return await self.request_and_store()

    async def request_and_store(self) -> AccessToken:
        token = await self.request()
        self._wire.conceal(token.secret)
        self._store.put(self.account.id, token)
        return token

    async def request(self) -> AccessToken:
        """Requests a token from the service."""
        try:
            async with asyncio.timeout(TOKEN_TIMEOUT):
                return await self._requested()
        except TimeoutError:
            raise Timeout(
                msg("no access token within {token_timeout:g} s", token_timeout=TOKEN_TIMEOUT),
                hint=msg("try again, or run llmchat doctor --live"),
            ) from None
        except LlmchatError as error:
            if error.advises == "base_url" and not self.account.person:  # whose address is below it
                error.hint = msg("check auth_url and the network")
            raise

    async def _requested(self) -> AccessToken:
        account = self.account
        sending = self._wire.send(
            "POST", account.auth_url, headers=token_headers(account), form=token_form(account)
        )
        async with sending as reply:
            if reply.status != 200:
                start = await reply.start()
                raise token_refusal(
                    reply.status, reply.headers, start, scope=account.scope, person=account.person
                )
            return await self._read(reply)

    async def _read(self, reply: Reply) -> AccessToken:
        body = await reply.whole()
        secret, expires_at = parsed_token(body, reply.content_type)
        now = self._store.now()
        offset = clock_offset(reply.headers.get("date", ""), now)
        if offset is None:
            offset = guessed_offset(expires_at, now)
        return AccessToken(secret, expires_at or now + offset + LIFETIME, offset)


def token_headers(account: Account) -> dict[str, str]:
    signed = {"Authorization": f"Basic {account.key.reveal()}", "Accept": "application/json"}
    return signed if account.person else {**signed, "RqUID": str(uuid.uuid4())}


def token_form(account: Account) -> dict[str, str] | None:
    return None if account.person else {"scope": account.scope}


def parsed_token(body: bytes, content_type: str = "") -> tuple[Secret, float | None]:
    """The token and its expiry from either form of the reply: `access_token` and `expires_at`, or
    `tok` and `exp`, in seconds or milliseconds."""
    data = json_object(body) or {}
    token = data.get("access_token") or data.get("tok")
    if not isinstance(token, str) or not SENDABLE.fullmatch(token):
        quoted = body if data or not TOKEN.search(body) else b""  # it may be cut inside a token
        error = unexpected(msg("cannot get an access token"), quoted, content_type)
        error.rewrite(without_keys)  # also a token alone, or a very long one
        error.hint = msg("check auth_url and the proxy")
        raise error
    return Secret(token), _end(data)


def _end(data: Mapping[str, Any]) -> float | None:
    try:
        end = float(data.get("expires_at") or data.get("exp") or 0)
    except (TypeError, ValueError, OverflowError):
        return None
    if not 0 < end < 1e15:  # missing or absurd
        return None
    end = end / 1000 if end > MILLISECONDS_FROM else end
    return end if end > BEFORE_ALL_TOKENS else None  # otherwise our clock would be blamed for it


def clock_offset(date: str, now: float) -> float | None:
    """The service's clock minus ours, by the Date header; None for a small difference."""
    moment = seconds_of(date)
    if moment is None:
        return None
    offset = moment - now
    return offset if abs(offset) > NOTABLE_OFFSET else 0.0


def guessed_offset(expires_at: float | None, now: float) -> float:
    """The offset without a Date header. A token lives half an hour, so our clock is wrong if one
    has expired on arrival or lives for days; one that lives for years was made to."""
    if expires_at is None:
        return 0.0
    left = expires_at - now
    if EARLY < left < 48 * LIFETIME or left > MADE_TO_LAST:
        return 0.0
    return expires_at - LIFETIME - now


def wrong_clock(token: AccessToken) -> str:
    """A warning about this computer's clock; "" if it is right."""
    if abs(token.clock_offset) <= WORTH_TELLING:
        return ""
    minutes = round(abs(token.clock_offset) / 60)
    if token.clock_offset > 0:
        return msg(
            "this computer's clock is {minutes} min behind GigaChat's; corrected for",
            minutes=minutes,
        )
    return msg(
        "this computer's clock is {minutes} min ahead of GigaChat's; corrected for", minutes=minutes
    )


@asynccontextmanager
async def entered(lock: TokenLock, patience: float) -> AsyncGenerator[None]:
    """Takes the lock; after `patience` seconds continues without it."""
    end = time.monotonic() + patience
    pause = SOONEST_PAUSE
    while not lock.enter() and time.monotonic() < end:
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)
    try:
        yield
    finally:
        lock.leave()


def _same(token: AccessToken, refused: AccessToken | None) -> bool:
    return refused is not None and token.secret == refused.secret
