"""Chooses the proxy for an address."""

from __future__ import annotations

from urllib.parse import urlsplit

from llmchat.errors import ConfigError
from llmchat.language import msg
from llmchat.values.endpoint import Proxies
from llmchat.values.urls import proxy_address, without_userinfo

BRACKETS = str.maketrans("", "", "[]")  # around an IPv6 address


def proxy_for(url: str, proxies: Proxies) -> str:
    """The proxy's address; "" for a direct connection."""
    if chosen := proxies.explicit or proxies.general:
        return checked(chosen)
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    host = (parts.hostname or "").lower().rstrip(".")
    if any(_matches(host, port, entry.lower()) for entry in proxies.no_proxy):
        return ""
    chosen = proxies.https if parts.scheme == "https" else proxies.http
    return checked(chosen) if chosen else ""


def checked(proxy: str) -> str:
    """The address in the form that httpx accepts."""
    address = proxy_address(proxy)
    if not address:
        raise ConfigError(
            msg("not a proxy URL: {without_userinfo}", without_userinfo=without_userinfo(proxy)),
            hint=msg("use http://, https://, socks5:// or socks5h:// with host and port"),
        )
    return address


def _matches(host: str, port: int, entry: str) -> bool:
    """Whether an entry of NO_PROXY matches, as in curl: `*`, a name and its subdomains, an address,
    a network."""
    if entry == "*":
        return True
    name, separator, wanted = entry.rpartition(":")
    if separator and wanted.isdigit() and (":" not in name or name.endswith("]")):
        if str(port) != wanted:
            return False
        entry = name
    entry = entry.translate(BRACKETS).removeprefix("*").strip(".")
    if "/" in entry or ":" in entry:  # an IPv6 address has several spellings
        return _in_network(host, entry)
    return host == entry or (bool(entry) and host.endswith("." + entry))


def _in_network(host: str, network: str) -> bool:
    import ipaddress  # 3 ms, only for a network or an IPv6 address in NO_PROXY

    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False
