"""Decides which addresses belong to this machine or to a private network, in every spelling.

Why: docs/decisions/0156-names-that-are-public.md.
"""

from __future__ import annotations

import re
import socket
import unicodedata
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

Lookup = Callable[[str], list[str]]

# All public IPv6 addresses; anything else belongs to a private network.
GLOBAL6 = ip_network("2000::/3")
# The last four bytes of these are an IPv4 address: translated (NAT64, SIIT) or compatible.
CARRIERS = tuple(map(ip_network, ("64:ff9b::/96", "::ffff:0:0:0/96", "::/96")))
# Also not public: Azure's host, old relays, ranges on which versions of Python disagree.
CLOSED = tuple(map(ip_network, ("168.63.129.16/32", "192.0.0.0/24", "192.88.99.0/24", "3fff::/20")))
LOCAL_NAMES = frozenset(
    ("localhost", "local", "internal", "localdomain", "lan", "home", "corp", "intranet", "private")
) | {"svc", "test", "arpa"}  # Kubernetes, RFC 6761, home.arpa
NAME = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)+", re.ASCII)
DOTS = str.maketrans("\u3002\uff0e\uff61", "...")  # characters that resolvers treat as a dot


def is_public(address: str) -> bool:
    """Whether an address, as a socket reports it, is on the public internet."""
    try:
        found = _unwrapped(ip_address(address.partition("%")[0]))
    except ValueError:
        return False
    if found.version == 6 and found not in GLOBAL6:
        return False
    closed = any(found in net for net in CLOSED if net.version == found.version)
    return found.is_global and not (found.is_multicast or closed)


def addresses_of(name: str, flags: int = 0) -> list[str]:
    """The addresses of a name by this machine's resolver; [] if there are none."""
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM, flags=flags)
    except (OSError, UnicodeError, ValueError):
        return []
    return [str(row[4][0]) for row in found]


def seems_public(host: str, *, lookup: Lookup | None = None) -> bool:
    """The same for the host of a URL before anything is sent: `127.1`, `0x7f000001` and `0` are
    numbers to every resolver. With `lookup`, names are resolved too; this is for a proxy, whose
    connection cannot be checked. A name that cannot be resolved here is left to the proxy."""
    plain = unicodedata.normalize("NFKC", host.translate(DOTS)).rstrip(".").lower()
    if numbers := addresses_of(plain, socket.AI_NUMERICHOST):
        return all(map(is_public, numbers))
    named = lookup(plain) if lookup else []
    return _may_be_public(plain) and all(map(is_public, named))


def _may_be_public(name: str) -> bool:
    """Whether a name can be on the public internet: it has a dot, and no character that programs
    interpret differently."""
    try:
        spelled = name if name.isascii() else name.encode("idna").decode()
    except UnicodeError:
        return False
    ours = spelled.rpartition(".")[2] in LOCAL_NAMES or spelled == "metadata.goog"
    return NAME.fullmatch(spelled) is not None and not ours


def _unwrapped(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address inside an IPv6 address, if there is one."""
    if isinstance(address, IPv4Address):
        return address
    if any(address in net for net in CARRIERS):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address
