"""Stores access tokens by the fingerprint of key, scope and address, and has the locks of a key
(docs/decisions/0052-tokens-are-kept-by-key-scope-and-address.md)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from llmchat.language import msg
from llmchat.store.lock import FileLock
from llmchat.store.ownership import Unwritable, Warn, no_warning, private_folder
from llmchat.store.private.records import Record, RecordFile, Records
from llmchat.values.access_token import AccessToken
from llmchat.values.secret import Secret

LOCKS = "locks"
KEPT = 24 * 3600.0  # seconds that a token's record is kept after its expiry, for `auth status`


class FileTokens:
    """The file tokens.json. If it cannot be written, tokens are kept in memory."""

    def __init__(
        self,
        path: Path,
        now: Callable[[], float],
        warn: Warn = no_warning,
        *,
        conceal: Callable[[Secret], object] = bool,
    ) -> None:
        self._file = RecordFile(path, warn, replaceable=True)
        self._locks = path.parent / LOCKS
        self.now = now
        self._warn = warn
        self._unwritten: dict[str, AccessToken] = {}
        self._conceal = conceal  # gets every token that is read, to mask it

    def get(self, key_id: str) -> AccessToken | None:
        token = self._unwritten.get(key_id) or _token(self._file.read().get(key_id))
        if token:
            self._conceal(token.secret)
        return token

    def put(self, key_id: str, token: AccessToken) -> None:
        self._conceal(token.secret)
        record = {
            "token": token.secret.reveal(),
            "expires_at": token.expires_at,
            "clock_offset": token.clock_offset,
        }
        try:
            self._file.change(lambda records: {**self._fresh(records), key_id: record})
        except Unwritable as error:
            if not self._unwritten:
                self._warn(msg("the token was not saved: {message}", message=error.message))
            self._unwritten[key_id] = token

    def forget(self, key_id: str) -> None:
        self._unwritten.pop(key_id, None)
        if key_id in self._file.read():
            self._file.remove(key_id)

    def lock(self, name: str) -> TolerantLock:
        """A lock between all processes of this person; not taken yet."""
        return TolerantLock(self._locks / f"{name}.lock", self._warn)

    def _fresh(self, records: Records) -> Records:
        return {key_id: r for key_id, r in records.items() if self._is_worth_keeping(r)}

    def _is_worth_keeping(self, record: Record) -> bool:
        token = _token(record)
        return token is not None and token.seconds_left(self.now()) > -KEPT


class TolerantLock:
    """A lock that counts as taken if it cannot be written: two token requests do no harm."""

    def __init__(self, path: Path, warn: Warn) -> None:
        self._folder = path.parent
        self._lock = FileLock(path)
        self._warn = warn

    def enter(self) -> bool:
        """Takes the lock if it is free; returns whether it did."""
        try:
            private_folder(self._folder, self._warn)
            return self._lock.acquire()
        except Unwritable:
            return True

    def leave(self) -> None:
        self._lock.release()


def _token(record: Record | None) -> AccessToken | None:
    if record is None:
        return None
    try:
        secret, expires_at = str(record["token"]), float(record["expires_at"])
        return AccessToken(Secret(secret), expires_at, float(record.get("clock_offset", 0)))
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
