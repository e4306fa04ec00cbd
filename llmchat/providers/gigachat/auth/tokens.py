"""Access tokens: requested with the key, stored, renewed in time, once for all waiting processes.

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
from llmchat.providers.gigachat.auth.key import PERSONAL, cleaned, fingerprint
from llmchat.providers.gigachat.auth.refusals import token_refusal
from llmchat.providers.wire.readers import json_object
from llmchat.transport import Reply, Wire
from llmchat.transport.errors.status import unexpected
from llmchat.values.endpoint import Endpoint
from llmchat.values.http_dates import seconds_of
from llmchat.values.secret import AccessToken, Secret, without_keys

AUTH_URL = "https://ngw.devices.sberbank.ru:9443/api/v2/oauth"
TOKEN = re.compile(rb"access_token|\btok\b")
SENDABLE = re.compile("[!-~]{1,65536}")  # more is refused by any server, and would fill our file
EARLY = 60.0  # seconds before its end that a token is renewed: a long request must not outlive it
LIFETIME = 1800.0
MILLISECONDS_FROM = 1e11  # a time above this, in seconds, would be the year 5138
BEFORE_ALL_TOKENS = 1.5e9  # 2017
NOTABLE_OFFSET = 30.0  # seconds that a clock may be wrong without anybody noticing
WORTH_TELLING = 120.0  # seconds that it is wrong before a person should hear of it
MADE_TO_LAST = 400 * 86400.0  # TLS would not work with a clock that is so wrong
SOONEST_PAUSE, LONGEST_PAUSE = 0.005, 0.1
TOKEN_TIMEOUT = 30.0  # seconds for one token; it takes a tenth of one
REFRESH_TIMEOUT = 2 * TOKEN_TIMEOUT  # for another process that requests one; then we do too


class TokenLock(Protocol):
    def enter(self) -> bool:
        """Takes the lock now or not at all."""

    def leave(self) -> None: ...


class TokenStore(Protocol):
    """Where tokens are kept, and the locks that go with a key."""

    def now(self) -> float: ...

    def get(self, key_id: str) -> AccessToken | None: ...

    def put(self, key_id: str, token: AccessToken) -> None: ...

    def forget(self, key_id: str) -> None: ...

    def lock(self, name: str) -> TokenLock: ...


class MemoryTokens:
    """Tokens for as long as the process lives; threads and event loops may share them."""

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
    """Whose tokens they are: a key, a scope, and the service that issues them."""

    key: Secret
    scope: str = PERSONAL
    auth_url: str = AUTH_URL
    person: bool = False  # a name and a password in place of a key: no scope, another form

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
        """Names the account in files without telling the key. The address belongs to it: a token
        of one service is not for another."""
        text = "\n".join((fingerprint(self.key), self.scope, self.auth_url))
        return sha256(text.encode(errors="surrogatepass")).hexdigest()

    @property
    def stream_lock(self) -> str:
        """A personal key has one stream, whatever program asks for it."""
        return f"stream-{fingerprint(self.key)[:32]}"


class Purse:
    """The tokens of one account."""

    def __init__(self, account: Account, store: TokenStore, wire: Wire) -> None:
        self.account = account
        self._store = store
        self._wire = wire

    def stored(self) -> AccessToken | None:
        """A token that is good for another minute at least."""
        token = self._store.get(self.account.id)
        if token is None or token.seconds_left(self._store.now()) <= EARLY:
            return None
        self._wire.conceal(token.secret)
        return token

    async def token(self, *, refused: AccessToken | None = None) -> AccessToken:
        """A valid token. `refused` is one that the service did not accept although it has not
        expired: another is requested, unless another process did so in the meantime."""
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
        """One token request."""
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
    """Token and end of either form of the reply: `access_token` and `expires_at`, or `tok` and
    `exp`; the time in seconds or milliseconds."""
    data = json_object(body) or {}
    token = data.get("access_token") or data.get("tok")
    if not isinstance(token, str) or not SENDABLE.fullmatch(token):
        quoted = body if data or not TOKEN.search(body) else b""  # it may be cut within a token
        error = unexpected(msg("cannot get an access token"), quoted, content_type)
        error.rewrite(without_keys)  # nor is a token quoted that comes alone, or is very long
        error.hint = msg("check auth_url and the proxy")
        raise error
    return Secret(token), _end(data)


def _end(data: Mapping[str, Any]) -> float | None:
    try:
        end = float(data.get("expires_at") or data.get("exp") or 0)
    except (TypeError, ValueError, OverflowError):
        return None
    if not 0 < end < 1e15:  # neither nothing nor nonsense
        return None
    end = end / 1000 if end > MILLISECONDS_FROM else end
    return end if end > BEFORE_ALL_TOKENS else None  # else our clock would be blamed for it


def clock_offset(date: str, now: float) -> float | None:
    """The service's clock minus ours, by the Date header; small differences are none."""
    moment = seconds_of(date)
    if moment is None:
        return None
    offset = moment - now
    return offset if abs(offset) > NOTABLE_OFFSET else 0.0


def guessed_offset(expires_at: float | None, now: float) -> float:
    """Without a Date header: a token that is over when it comes, or lives for days, tells that our
    clock is wrong, for tokens live half an hour; one that lives for years was made to."""
    if expires_at is None:
        return 0.0
    left = expires_at - now
    if EARLY < left < 48 * LIFETIME or left > MADE_TO_LAST:
        return 0.0
    return expires_at - LIFETIME - now


def wrong_clock(token: AccessToken) -> str:
    """What a person should hear of this computer's clock, if anything."""
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
    """Takes the lock; a process that cannot get it in time continues without it."""
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
