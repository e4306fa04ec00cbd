"""Checks URLs, and masks passwords in URLs that are shown."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from llmchat.values.secret import MASK, tells_secret

HOST = re.compile(r"(\[[0-9A-Fa-f:.%]*\]|[^:@\[\]]*)(?P<port>:[0-9]*)?")
PROXY_SCHEMES = ("http", "https", "socks5", "socks5h")
QUERY = re.compile(r"(?<=[?&;#])([^=&;#?]{1,60})=[^&;#]*")
MISTYPED = re.compile(r"[/ ]+|(?:https?|socks5?h?)//+", re.IGNORECASE)  # typing errors in a scheme
# Typed on a Chinese keyboard; some programs read these characters as the ASCII ones.
FULLWIDTH = str.maketrans("＠：／？＃", "@:/?#")
END_OF_HOST = re.compile(r"[/?#]")


def masked_url(url: str) -> str:
    """The URL with `***` in place of name and password, also if the password contains an unescaped
    `/`, `?` or `@`; in doubt more is masked. The `@` in a path (`https://host/@me`) is kept."""
    scheme, rest = _split(url)
    end = _end_of_userinfo(rest)
    return _without_keys(f"{scheme}{MASK}@{rest[end:]}" if end else url)


def without_userinfo(url: str) -> str:
    """The URL without name and password, for a message that says which address was asked."""
    scheme, rest = _split(url)
    return _without_keys(scheme + rest[_end_of_userinfo(rest) :])


def userinfo_of(url: str) -> str:
    """`name:password` in a URL; "" without them."""
    rest = _split(url)[1].translate(FULLWIDTH)
    return rest[: max(_end_of_userinfo(rest) - 1, 0)]


def place_of(url: str) -> str:
    """Host and port of a URL, safe to show."""
    _, rest = _split(url)
    return _authority(rest[_end_of_userinfo(rest) :]) or url


def host_of(url: str) -> str:
    """The host of a URL; "" if it has none or cannot be parsed."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def origin_of(url: str) -> tuple[str, str | None, int]:
    """Scheme, host and port."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or 443


def is_web_address(text: str) -> bool:
    """Whether it is an `http://` or `https://` URL with a valid host."""
    try:
        parts = urlsplit(text)
        usable = bool(parts.hostname) and parts.port != 0
    except ValueError:  # an invalid port, or half an IPv6 address
        return False
    return usable and parts.scheme in ("http", "https") and len(text.split()) == 1


def proxy_address(text: str) -> str:
    """A proxy address in the form that httpx accepts: a bare host:port is http, `socks` is SOCKS 5.
    "" if it is not an address."""
    scheme, rest = _split(text.strip())
    scheme = scheme.lower().replace("socks://", "socks5://") or "http://"
    try:
        parts = urlsplit(scheme + rest)
        usable = parts.scheme in PROXY_SCHEMES and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return ""
    return scheme + rest if usable else ""


def _split(url: str) -> tuple[str, str]:
    _, separator, rest = url.partition("://")
    if separator:
        host = rest.lstrip("/\\")  # `file:///` has no host; other typing errors have an extra slash
        return url[: len(url) - len(host)], host
    found = MISTYPED.match(url)
    end = found.end() if found else 0
    return url[:end], url[end:]


def _without_keys(url: str) -> str:
    """Masks keys in the query, as in `?api_key=...`."""
    return QUERY.sub(lambda m: f"{m[1]}={MASK}" if tells_secret(m[1]) else m[0], url)


def _authority(rest: str) -> str:
    return END_OF_HOST.split(rest, maxsplit=1)[0]


def _end_of_userinfo(rest: str) -> int:
    """Where the host begins after `name:password@`; 0 without one."""
    rest = rest.translate(FULLWIDTH)
    if "@" not in rest:
        return 0
    authority = _authority(rest)
    host = HOST.fullmatch(authority.rpartition("@")[2])
    if host and "@" not in authority and not host["port"]:
        return 0
    at = len(rest)
    while (at := rest.rfind("@", 0, at)) >= 0:
        if not host or rest[max(at - 1, 0)] != "/":
            return at + 1
    return 0
