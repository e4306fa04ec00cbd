"""Foreign errors in our own words: whatever httpx raises becomes one of ours, with a next step."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from llmchat.errors import (
    ConfigError,
    DnsError,
    LlmchatError,
    NetworkError,
    NotAnAnswer,
    ProxyError,
    Timeout,
    TlsError,
)
from llmchat.transport.http import httpx
from llmchat.transport.proxy import without_password

DOCTOR = "llmchat doctor shows where the way ends"


@contextmanager
def translated(url: str, proxy: str) -> Iterator[None]:
    """Around every use of httpx."""
    try:
        yield
    except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, httpx.CookieConflict) as error:
        raise translate(error, url, proxy) from error
    except (ssl.SSLError, OSError) as error:  # what httpx lets through while it closes
        raise translate(error, url, proxy) from error


def translate(error: Exception, url: str, proxy: str) -> LlmchatError:
    place = _place(url)
    cause = _root(error)
    if isinstance(cause, ssl.SSLError) and not isinstance(error, httpx.ReadError):
        return tls_error(cause, place)
    match error:
        case httpx.ConnectTimeout() | httpx.PoolTimeout():
            return Timeout(f"no connection to {place} in time", hint=DOCTOR)
        case httpx.TimeoutException():
            return Timeout(f"{place} did not answer in time", hint="try --first-token-timeout 120")
        case httpx.ProxyError():
            return _proxy_error(error, proxy)
        case httpx.ConnectError():
            return _connect_error(cause, place, proxy)
        case httpx.UnsupportedProtocol() | httpx.InvalidURL():
            return ConfigError(f"not an address: {url}", hint="check base_url and proxy")
        case httpx.RemoteProtocolError():
            return _protocol_error(error, place)
        case httpx.NetworkError() | OSError():
            return NetworkError(
                f"the connection to {place} was lost", hint=DOCTOR, repeat="charged"
            )
    return LlmchatError(f"unexpected {type(error).__name__} from {place}: {error}")


def tls_error(cause: ssl.SSLError, place: str) -> TlsError:
    why = getattr(cause, "verify_message", "") or cause.reason or str(cause)
    hint = "llmchat doctor names the certificate; a company's own root goes into ca_bundle"
    if "WRONG_VERSION_NUMBER" in str(why):
        why, hint = "it does not speak TLS there", "check https:// and the port in base_url"
    elif "expired" in str(why) or "not yet valid" in str(why):
        hint = "check this computer's clock; " + hint
    return TlsError(f"no trusted connection to {place}: {_words(str(why))}", hint=hint)


def _words(reason: str) -> str:
    return reason.replace("_", " ").lower() if reason.isupper() else reason


def _connect_error(cause: BaseException, place: str, proxy: str) -> NetworkError:
    if proxy:
        return ProxyError(
            f"the proxy {without_password(proxy)} cannot be reached",
            hint="check --proxy, LLMCHAT_PROXY and HTTPS_PROXY, or set NO_PROXY",
            repeat="free",
        )
    if isinstance(cause, socket.gaierror):
        return DnsError(f"no address is known for {place}", hint="check base_url and the network")
    if isinstance(cause, ConnectionRefusedError) or "refused" in str(cause).lower():
        return NetworkError(
            f"{place} refused the connection", hint=_refused_hint(place), repeat="free"
        )
    why = getattr(cause, "strerror", None) or "it cannot be reached"
    return NetworkError(f"no connection to {place}: {why}", hint=DOCTOR, repeat="free")


def _refused_hint(place: str) -> str:
    local = place.startswith(("localhost", "127.", "[::1]"))
    return "is the local server running?" if local else DOCTOR


def _proxy_error(error: Exception, proxy: str) -> ProxyError:
    return ProxyError(
        f"the proxy {without_password(proxy)} refused: {error or 'no reason given'}",
        hint="check the proxy's address and password",
    )


def _protocol_error(error: Exception, place: str) -> LlmchatError:
    text = str(error)
    if "without sending" in text or "peer closed" in text:
        return NetworkError(f"{place} closed the connection", hint=DOCTOR, repeat="charged")
    return NotAnAnswer(f"{place} does not speak HTTP: {text}", hint="check base_url")


def _root(error: BaseException) -> BaseException:
    """The error below all wrappers, where the operating system speaks; TLS is recognised on the
    way."""
    seen = {id(error)}
    while True:
        below = error.__cause__ or error.__context__
        if below is None or id(below) in seen or isinstance(error, ssl.SSLError):
            return error
        seen.add(id(below))
        error = below


def _place(url: str) -> str:
    try:
        return urlsplit(url).netloc.rpartition("@")[2] or url
    except ValueError:
        return url
