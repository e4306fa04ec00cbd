"""A certificate that was refused: whose it is, who signed it, when it is valid. Python tells this
of trusted certificates only, so the few fields are read from the DER form here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

SEQUENCE, SET, INTEGER, OID = 0x30, 0x31, 0x02, 0x06
VERSION = 0xA0
UTC_TIME = 0x17
NAMES = {b"\x55\x04\x03": "CN", b"\x55\x04\x0a": "O"}
UTF16 = 0x1E  # a BMPString


@dataclass(frozen=True, slots=True)
class Certificate:
    subject: str
    issuer: str
    begins: datetime
    ends: datetime


def read_certificate(der: bytes) -> Certificate | None:
    """None where it is no certificate."""
    try:
        fields = _children(_children(_children(der)[0][1])[0][1])
        if fields[0][0] == VERSION:
            fields = fields[1:]
        _, _, issuer, validity, subject, *_ = fields
        begins, ends = _children(validity[1])
        return Certificate(_name(subject[1]), _name(issuer[1]), _time(*begins), _time(*ends))
    except (IndexError, ValueError):
        return None


def _children(data: bytes) -> list[tuple[int, bytes]]:
    """Tag and content of each element, one after the other."""
    found = []
    while data:
        size, start = data[1], 2
        if size & 0x80:
            count = size & 0x7F
            size, start = int.from_bytes(data[2 : 2 + count]), 2 + count
        if start + size > len(data):
            raise ValueError("cut off")
        found.append((data[0], data[start : start + size]))
        data = data[start + size :]
    return found


def _name(data: bytes) -> str:
    """The common name, else the organisation."""
    parts: dict[str, str] = {}
    for _, group in _children(data):
        for _, pair in _children(group):
            (_, oid), (tag, value) = _children(pair)
            if oid in NAMES:
                text = value.decode("utf-16-be" if tag == UTF16 else "utf-8", "replace")
                parts[NAMES[oid]] = text
    return parts.get("CN") or parts.get("O") or "nobody"


def _time(tag: int, value: bytes) -> datetime:
    text = value.decode("ascii").rstrip("Z")
    if tag == UTC_TIME:  # two digits: 50 and above are the last century's
        text = ("19" if text[:2] >= "50" else "20") + text
    return datetime.strptime(text[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
