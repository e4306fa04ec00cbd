"""Stores the providers' API keys, in a private file or in the system keyring."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from llmchat.errors import StorageError
from llmchat.store.ownership import Warn, no_warning
from llmchat.store.private.keyring import Keyring
from llmchat.store.private.records import Record, RecordFile
from llmchat.values.secret import Secret


@dataclass(frozen=True, slots=True)
class Credential:
    key: Secret
    scope: str = ""
    region: str = ""  # the region that knows the key, if it is not the default one


class Credentials:
    """The file credentials.json."""

    def __init__(
        self,
        path: Path,
        warn: Warn = no_warning,
        *,
        keyring: Callable[[], Keyring] = Keyring,
    ) -> None:
        self._file = RecordFile(path, warn)
        self._keyring = keyring

    def names(self) -> tuple[str, ...]:
        """The providers that the person signed in to."""
        return tuple(sorted(self._file.read()))

    def get(self, provider: str) -> Credential | None:
        record = self._file.read().get(provider)
        if record is None:
            return None
        key = self._key(provider, record)
        if not key:
            return None
        scope, region = (str(record.get(name) or "") for name in ("scope", "region"))
        return Credential(Secret(key), scope, region)

    def is_in_keyring(self, provider: str) -> bool:
        return bool(self._file.read().get(provider, {}).get("keyring"))

    def put(self, provider: str, credential: Credential, *, in_keyring: bool = False) -> None:
        found = {"scope": credential.scope, "region": credential.region}
        record: dict[str, object] = {name: value for name, value in found.items() if value}
        if in_keyring:
            self._keyring().put(provider, credential.key)
            record["keyring"] = True
        else:
            record["key"] = credential.key.reveal()
        moves_out = not in_keyring and self.is_in_keyring(provider)
        self._file.put(provider, record)
        if moves_out:
            # The key may be moving because the keyring does not respond.
            with suppress(StorageError):
                self._keyring().remove(provider)

    def remove(self, provider: str) -> bool:
        """Removes a key; returns whether there was one."""
        record = self._file.read().get(provider)
        if record is None:
            return False
        if record.get("keyring"):
            self._keyring().remove(provider)
        self._file.remove(provider)
        return True

    def _key(self, provider: str, record: Record) -> str:
        if not record.get("keyring"):
            return str(record.get("key") or "")
        secret = self._keyring().get(provider)
        return secret.reveal() if secret else ""
