"""Reads a server's certificate to describe it in the error when it is not trusted.

After a refused handshake only the reason is known. So the certificate is fetched again, as `openssl
s_client` does; nothing is sent over that connection.

Why: docs/decisions/0015-fetching-a-refused-certificate-again.md.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from dataclasses import dataclass

from llmchat.language import msg
from llmchat.values.secret import without_keys

PATIENCE = 3.0  # seconds; it only improves an error message
MOST_NAMES = 3

COMMON_NAME, ORGANISATION, ALTERNATIVES = b"\x55\x04\x03", b"\x55\x04\x0a", b"\x55\x1d\x11"
SEQUENCE, SET, OCTETS, UTC_TIME, EXTENSIONS = 0x30, 0x31, 0x04, 0x17, 0xA3
VERSION, DNS_NAME, WIDE_TEXT = 0xA0, 0x82, 0x1E


@dataclass(frozen=True, slots=True)
class Certificate:
    subject: str
    issuer: str
    begins: str  # dates as 2026-01-31
    ends: str
    names: tuple[str, ...] = ()
    signed_itself: bool = False

    def __str__(self) -> str:
        issuer = "itself" if self.signed_itself else self.issuer
        names = msg(" for {names}", names=", ".join(self.names[:MOST_NAMES])) if self.names else ""
        return msg(
            "{subject}{names}, issued by {issuer}, valid {begins} to {ends}",
            subject=self.subject,
            names=names,
            issuer=issuer,
            begins=self.begins,
            ends=self.ends,
        )


async def shown_by(host: str, port: int) -> Certificate | None:
    """The certificate of a server; None if it cannot be fetched in time."""
    try:
        async with asyncio.timeout(PATIENCE):
            pem = await asyncio.to_thread(
                ssl.get_server_certificate, (host, port), timeout=PATIENCE / 2
            )
        return read_certificate(ssl.PEM_cert_to_DER_cert(pem))
    except (OSError, ValueError):  # TimeoutError is an OSError
        return None


def read_certificate(der: bytes) -> Certificate:
    """Parses X.509 as far as the error message needs it; raises ValueError if it is not a
    certificate."""
    fields = list(_parts(_inside(_inside(der))))
    if fields[:1] and fields[0][0] == VERSION:
        del fields[0]
    if len(fields) < 6:
        raise ValueError("not a certificate")
    _serial, _algorithm, issuer, validity, subject, _key, *rest = (body for _, body in fields)
    begins, ends = (_date(tag, body) for tag, body in list(_parts(validity))[:2])
    names = tuple(_alternatives(fields[6:])) if rest else ()
    named = _name(subject) or ", ".join(names)
    return Certificate(named, _name(issuer), begins, ends, names, issuer == subject)


def _parts(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Consecutive DER values: tag and content."""
    while data:
        if len(data) < 2:
            raise ValueError("truncated")
        tag, length, start = data[0], data[1], 2
        if length & 0x80:
            start += length & 0x7F
            length = int.from_bytes(data[2:start])
        if start + length > len(data):
            raise ValueError("truncated")
        yield tag, data[start : start + length]
        data = data[start + length :]


def _inside(data: bytes) -> bytes:
    """The content of the first value."""
    for tag, body in _parts(data):
        if tag in (SEQUENCE, SET, OCTETS):
            return body
        break
    raise ValueError("not a certificate")


def _name(name: bytes) -> str:
    """A name as `common name (organisation)`, as far as it has both."""
    said: dict[bytes, str] = {}
    for _, group in _parts(name):
        for _, pair in _parts(group):
            (_, kind), (tag, text), *_ = [*_parts(pair), (0, b""), (0, b"")]
            said[kind] = _text(tag, text)
    common, organisation = said.get(COMMON_NAME, ""), said.get(ORGANISATION, "")
    return f"{common} ({organisation})" if common and organisation else common or organisation


def _text(tag: int, text: bytes) -> str:
    said = text.decode("utf-16-be" if tag == WIDE_TEXT else "utf-8", "replace")
    return without_keys("".join(c if c.isprintable() else " " for c in said[:1000]))[:100]


def _date(tag: int, text: bytes) -> str:
    digits = text.decode("ascii")
    if tag == UTC_TIME:
        digits = ("20" if digits < "50" else "19") + digits
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:8]}"


def _alternatives(fields: list[tuple[int, bytes]]) -> Iterator[str]:
    for tag, body in fields:
        for _, extension in _parts(_inside(body)) if tag == EXTENSIONS else ():
            parts = list(_parts(extension))
            if parts and parts[0][1] == ALTERNATIVES:
                for kind, text in _parts(_inside(parts[-1][1])):
                    if kind == DNS_NAME:
                        yield _text(0, text)
