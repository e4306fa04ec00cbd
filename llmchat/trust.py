"""Which extra roots vouch for a host: the pinned Russian one for GigaChat's own hosts, a company's
for the hosts of the provider that names its bundle. They add to the usual roots, for that host."""

from __future__ import annotations

import base64
import binascii
import ssl
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from llmchat.errors import ConfigError, StorageError

RUSSIAN_ROOT = Path(__file__).parent / "data" / "russian_trusted_root_ca.pem"
RUSSIAN_ROOT_SHA256 = "d26d2d0231b7c39f92cc738512ba54103519e4405d68b5bd703e9788ca8ecf31"
GIGACHAT_HOSTS = frozenset(
    {"ngw.devices.sberbank.ru", "gigachat.devices.sberbank.ru", "api.giga.chat"}
)
BEGIN, END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
TRUSTED_BEGIN = "-----BEGIN TRUSTED CERTIFICATE-----"  # OpenSSL's own form; Python cannot load it
LARGEST_BUNDLE = 8 * 1024 * 1024  # Mozilla's whole list is 0.3 MB
BUNDLE_SUFFIXES = frozenset({".pem", ".crt", ".cer", ".0"})  # .0: the hashed names of c_rehash


@dataclass(frozen=True, slots=True)
class Roots:
    """PEM texts by host; a host that is not named gets none."""

    by_host: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def __call__(self, host: str) -> tuple[str, ...]:
        name = host.lower().rstrip(".")
        return tuple(pem for known, pems in self.by_host if known == name for pem in pems)


def russian_root(path: Path = RUSSIAN_ROOT) -> str:
    """The Russian Trusted Root CA, after its fingerprint was compared with the pinned one."""
    try:
        pem = path.read_text("ascii")
    except (OSError, ValueError) as error:
        raise _damaged(path) from error
    if not is_russian_root(pem):
        raise _damaged(path)
    return pem


def is_russian_root(pem: str) -> bool:
    """Exactly that one certificate, and nothing else beside it."""
    return fingerprints(pem) == (RUSSIAN_ROOT_SHA256,)


def fingerprints(pem: str) -> tuple[str, ...]:
    """The SHA-256 of each certificate's DER form; an unreadable one has the empty text."""
    return tuple(_fingerprint(part) for part in _bodies(pem))


def company_roots(bundle: str, *, provider: str) -> tuple[str, ...]:
    """The certificates of the setting `ca_bundle`: a PEM file, or a folder of such files."""
    place = Path(bundle).expanduser()
    try:
        return _folder(place) if place.is_dir() else _certificates(place)
    except _BadBundle as error:
        raise ConfigError(
            f"ca_bundle of {provider}: {error}",
            hint=f"llmchat config set providers.{provider}.ca_bundle FILE.pem",
        ) from error


class _BadBundle(Exception):
    """What is wrong with the file, in words."""


def _folder(place: Path) -> tuple[str, ...]:
    files = sorted(p for p in place.iterdir() if p.suffix.lower() in BUNDLE_SUFFIXES)
    if not files:
        raise _BadBundle(f"{place} is a folder without a .pem or .crt file")
    return tuple(pem for file in files for pem in _certificates(file))


def _certificates(file: Path) -> tuple[str, ...]:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise _BadBundle(f"{file} cannot be read: {error.strerror or error}") from error
    if len(content) > LARGEST_BUNDLE:
        raise _BadBundle(f"{file} is too large for a list of certificates")
    text = content.decode("utf-8", "replace")
    pems = tuple(f"{BEGIN}\n{body.strip()}\n{END}\n" for body in _bodies(text))
    if not pems:
        raise _BadBundle(f"{file} {_why_none(text)}")
    if not all(_is_loadable(pem) for pem in pems):
        raise _BadBundle(f"{file} holds a damaged certificate")
    return pems


def _is_loadable(pem: str) -> bool:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=pem)
    except (ssl.SSLError, ValueError):
        return False
    return True


def _why_none(text: str) -> str:
    if TRUSTED_BEGIN in text:
        return (
            "is in OpenSSL's TRUSTED form; `openssl x509 -in FILE -out NEW.pem` makes a plain one"
        )
    if "PRIVATE KEY-----" in text:
        return "holds a private key and no certificate"
    return "holds no PEM certificate (for DER: openssl x509 -inform der -in FILE -out NEW.pem)"


def _bodies(pem: str) -> tuple[str, ...]:
    return tuple(part.partition(END)[0] for part in pem.split(BEGIN)[1:])


def _fingerprint(body: str) -> str:
    try:
        return sha256(base64.b64decode("".join(body.split()), validate=True)).hexdigest()
    except (binascii.Error, ValueError):
        return ""


def _damaged(path: Path) -> StorageError:
    return StorageError(
        f"{path} is not the certificate that belongs there; it is not trusted",
        hint="install llmchat anew",
    )
