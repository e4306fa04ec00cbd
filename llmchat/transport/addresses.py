"""Which addresses belong to this machine or to a private network, in every spelling of them."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

NAT64 = ip_network("64:ff9b::/96")  # the last four bytes are an IPv4 address
LOCAL_NAMES = ("localhost", "local", "internal", "localdomain")


def is_public(address: str) -> bool:
    """Whether an address, as a socket has it, is one of the open internet."""
    try:
        found = _unwrapped(ip_address(address.partition("%")[0]))
    except ValueError:
        return False
    return found.is_global and not found.is_multicast


def seems_public(host: str, *, resolve: bool = False) -> bool:
    """The same for the host of a URL before anything is sent: `127.1`, `0x7f000001` and `0` are
    numbers to every resolver. With `resolve` names are looked up too, where a proxy connects and
    nothing is seen of it; what cannot be resolved here is for the proxy to know."""
    numeric = 0 if resolve else socket.AI_NUMERICHOST
    plain = host.rstrip(".").lower()
    if not plain or plain.rpartition(".")[2] in LOCAL_NAMES:
        return False
    try:
        found = socket.getaddrinfo(plain, None, type=socket.SOCK_STREAM, flags=numeric)
    except (OSError, UnicodeError, ValueError):
        return True
    return all(is_public(str(row[4][0])) for row in found)


def _unwrapped(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """An IPv4 address that is written as one of IPv6."""
    if isinstance(address, IPv4Address):
        return address
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address
