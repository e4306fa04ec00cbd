"""The Russian root certificate in the package: its pinned SHA-256, and the hosts it is used for."""

from __future__ import annotations

import base64
import binascii
from hashlib import sha256
from pathlib import Path

from llmchat.errors import StorageError
from llmchat.language import msg
from llmchat.system.opening import read_regular

RUSSIAN_ROOT = Path(__file__).parent / "data" / "russian_trusted_root_ca.pem"
RUSSIAN_ROOT_SHA256 = "d26d2d0231b7c39f92cc738512ba54103519e4405d68b5bd703e9788ca8ecf31"
GIGACHAT_HOSTS = frozenset(
    {"ngw.devices.sberbank.ru", "gigachat.devices.sberbank.ru", "api.giga.chat"}
)
LARGEST = 64_000  # bytes; the certificate has two thousand
BEGIN, END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"


def roots_for_gigachat(host: str) -> tuple[str, ...]:
    """The PEM texts that are trusted for a host in addition to the usual roots."""
    return (russian_root(),) if host.lower().rstrip(".") in GIGACHAT_HOSTS else ()


def russian_root(path: Path = RUSSIAN_ROOT) -> str:
    """The Russian Trusted Root CA; raises an error if its fingerprint is not the pinned one."""
    try:
        pem = read_regular(path, LARGEST).decode("ascii")
    except (OSError, ValueError) as error:
        raise _damaged(path) from error
    if not is_russian_root(pem):
        raise _damaged(path)
    return pem


def is_russian_root(pem: str) -> bool:
    """Whether the text is exactly that one certificate."""
    return fingerprints(pem) == (RUSSIAN_ROOT_SHA256,)


def fingerprints(pem: str) -> tuple[str, ...]:
    """The SHA-256 of each certificate's DER form; "" for an unreadable one."""
    return tuple(_fingerprint(part.partition(END)[0]) for part in pem.split(BEGIN)[1:])


def _fingerprint(body: str) -> str:
    try:
        return sha256(base64.b64decode("".join(body.split()), validate=True)).hexdigest()
    except (binascii.Error, ValueError):
        return ""


def _damaged(path: Path) -> StorageError:
    return StorageError(
        msg("{path} does not match the pinned certificate and is not trusted", path=path),
        hint=msg("reinstall llmchat"),
    )
