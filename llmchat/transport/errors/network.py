"""Translates every exception of httpx into an LlmchatError with a hint."""

from __future__ import annotations

import os
import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmchat.errors import (
    ConfigError,
    DnsError,
    InvalidUrl,
    LlmchatError,
    NetworkError,
    NoConnection,
    NotAnAnswer,
    ProxyError,
    ServiceError,
    Timeout,
    TlsError,
)
from llmchat.language import changed, msg
from llmchat.transport.errors.status import one_line
from llmchat.transport.http import httpx
from llmchat.values.urls import place_of, without_userinfo

if TYPE_CHECKING:
    from llmchat.errors import Advises, Repeat

# The status of a gateway in reply to CONNECT; and httpcore's names of SOCKS 5 codes 3 to 6.
BEYOND_PROXY = re.compile(
    r"^50[234]\b[^\n]{0,80}|(?:Network|Host) unreachable|Connection refused|TTL expired"
)
UNNAMED = "CERTIFICATE_REQUIRED"
UNREADABLE = "Invalid URL in location header"
DOCTOR = msg("llmchat doctor finds where the connection fails")
OTHER_NAME = msg("check the host name in base_url; another machine may be answering")
FOREIGN = (
    httpx.HTTPError,
    httpx.StreamError,
    httpx.InvalidURL,
    httpx.CookieConflict,
    OSError,  # includes ssl.SSLError; httpx does not wrap them while closing
    UnicodeError,  # a host name or header that cannot be encoded
)


@dataclass(slots=True)
class Route:
    """The progress of one request: an error has another meaning before it was sent."""

    url: str
    proxy: str = ""
    sent: bool = False

    @property
    def place(self) -> str:
        return place_of(self.url)

    @property
    def secured(self) -> str:
        """Whose handshake failed, the service's or the proxy's, which httpx does not say."""
        if not self.proxy.lower().startswith("https:"):
            return self.place
        proxy = without_userinfo(self.proxy)
        return msg("{place} or to the proxy {proxy}", place=self.place, proxy=proxy)

    @property
    def repeat(self) -> Repeat:
        return "charged" if self.sent else "free"


@contextmanager
def translated(way: Route) -> Iterator[None]:
    """Translates the exceptions of httpx in the block."""
    try:
        yield
    except FOREIGN as error:
        raise translate(error, way) from error
    except Exception as error:
        # httpcore's SOCKS handshake asserts what a proxy must answer, and does not wrap its
        # parser's errors.
        if isinstance(error, LlmchatError) or way.sent or not way.proxy:
            raise
        raise _bad_proxy_protocol(way) from error


def translate(error: Exception, way: Route) -> LlmchatError:
    cause = _root(error)
    # TLS 1.3 requests the client certificate after the request was sent.
    if isinstance(cause, ssl.SSLError) and (not way.sent or UNNAMED in str(cause)):
        return tls_error(cause, way.secured)
    match error:
        case httpx.ConnectTimeout() | httpx.PoolTimeout():
            return no_connection(way)
        case httpx.TimeoutException():
            problem = msg("{place} did not answer in time", place=way.place)
            return Timeout(problem, hint=msg("try --first-token-timeout 120"))
        case httpx.ProxyError():
            return _proxy_refuses(error, way)
        case httpx.ConnectError():
            return _connect_error(cause, way)
        case UnicodeError() | httpx.UnsupportedProtocol() | httpx.InvalidURL() if way.sent:
            # httpx parses the target of a redirect, although we do not follow it.
            return _redirects_nowhere(way)
        case httpx.LocalProtocolError() | UnicodeEncodeError():
            return _unsendable()
        case httpx.UnsupportedProtocol() | httpx.InvalidURL() | UnicodeError():
            return _invalid_url(way)
        case httpx.RemoteProtocolError():
            return _protocol_error(error, way)
        case httpx.NetworkError() | OSError():
            problem = msg("the connection to {place} was lost", place=way.place)
            return NetworkError(problem, repeat=way.repeat)
        case httpx.DecodingError():
            problem = msg("cannot decode the reply from {place}", place=way.place)
            return NotAnAnswer(problem, hint=DOCTOR, advises="doctor")
    return _unexpected(error, way)


def no_connection(way: Route) -> NoConnection:
    """The error if the connection was not answered, by the service or by a proxy."""
    via = (
        msg(" through the proxy {without_userinfo}", without_userinfo=without_userinfo(way.proxy))
        if way.proxy
        else ""
    )
    return NoConnection(
        msg("timed out connecting to {place}{via}", place=way.place, via=via),
        hint=DOCTOR,
        advises="doctor",
    )


def no_answer(way: Route, seconds: float) -> Timeout:
    """The error for a request that got no reply in time."""
    return Timeout(
        msg("{place} did not answer within {seconds:g} s", place=way.place, seconds=seconds),
        hint=DOCTOR,
        advises="doctor",
    )


def tls_error(cause: ssl.SSLError, place: str) -> TlsError:
    why = getattr(cause, "verify_message", "") or getattr(cause, "reason", "") or str(cause)
    hint = ""
    advises: Advises = ""
    if isinstance(cause, ssl.SSLCertVerificationError):
        hint = msg("llmchat doctor shows the certificate; set ca_bundle to trust a company root")
    if "WRONG_VERSION_NUMBER" in why or "RECORD_LAYER_FAILURE" in why:
        why, hint, advises = (
            msg("that port does not speak TLS"),
            msg("check https:// and the port in base_url"),
            "base_url",
        )
    elif "expired" in why or "not yet valid" in why:
        hint = msg(
            "check this computer's clock; llmchat doctor shows the certificate; set ca_bundle to "
            "trust a company root"
        )
    elif "mismatch" in why:
        hint, advises = OTHER_NAME, "base_url"
    elif "PROTOCOL_VERSION" in why or "UNSUPPORTED_PROTOCOL" in why:
        why, hint, advises = (
            msg("it does not speak TLS 1.2 or newer"),
            msg("check base_url; the server, or a gateway before it, needs an update"),
            "base_url",
        )
    elif UNNAMED in why:
        why, hint = (
            msg("it asks for a client certificate"),
            msg("set client_cert and client_key"),
        )
    elif "HANDSHAKE_FAILURE" in why:
        hint = msg("if it asks for a client certificate, set client_cert and client_key")
    elif "EOF" in why:
        why = msg("it closed the connection")
    return TlsError(
        msg("no secure connection to {place}: {words}", place=place, words=changed(why, _words)),
        hint=hint,
        advises=advises,
    )


def untrusted(error: LlmchatError) -> bool:
    """Whether the certificate failed, as opposed to the handshake."""
    below = error.__cause__
    return below is not None and isinstance(_root(below), ssl.SSLCertVerificationError)


def _words(reason: str) -> str:
    words = reason.replace("_", " ").lower() if reason.isupper() else reason
    return words.rstrip(".")


def _unsendable() -> ConfigError:
    return ConfigError(
        msg("the key or a header contains characters that cannot be sent"),
        hint=msg("check the key (llmchat auth status) and the provider's headers"),
    )


def _invalid_url(way: Route) -> InvalidUrl:
    return InvalidUrl(
        msg("not a valid URL: {without_userinfo}", without_userinfo=without_userinfo(way.url)),
        hint=msg("check base_url and proxy"),
        advises="base_url",
    )


def _unexpected(error: Exception, way: Route) -> LlmchatError:
    problem = msg(
        "unexpected {name} from {place}: {error}",
        name=type(error).__name__,
        place=way.place,
        error=error,
    )
    return LlmchatError(problem, hint=DOCTOR, advises="doctor")


def _connect_error(cause: BaseException, way: Route) -> NetworkError:
    if way.proxy:
        return ProxyError(
            msg(
                "cannot connect to the proxy {without_userinfo}",
                without_userinfo=without_userinfo(way.proxy),
            ),
            hint=msg("check --proxy, LLMCHAT_PROXY and HTTPS_PROXY, or set NO_PROXY"),
            repeat="free",
        )
    place = way.place
    if isinstance(cause, socket.gaierror):
        return DnsError(
            msg("cannot resolve {place}", place=place),
            hint=msg("check base_url and the network"),
            advises="base_url",
        )
    if isinstance(cause, ConnectionRefusedError) or "refused" in str(cause).lower():
        local = place.startswith(("localhost", "127.", "[::1]"))
        hint = msg("check that the local server is running") if local else ""
        problem = msg("{place} refused the connection", place=place)
        return NetworkError(problem, hint=hint, repeat="free")
    why = said_by_system(cause) if isinstance(cause, OSError) else msg("unreachable")
    return NetworkError(
        msg("cannot connect to {place}: {why}", place=place, why=why), repeat="free"
    )


def said_by_system(error: OSError) -> str:
    """The system's text for an error; except on Windows, asyncio replaces it by the address."""
    if os.name != "nt" and (error.errno or 0) > 0:
        return os.strerror(error.errno or 0)
    return error.strerror or str(error)


def _proxy_refuses(error: Exception, way: Route) -> NetworkError:
    """The error for a proxy's refusal. Its status or SOCKS code says why, but httpx has it only as
    text (docs/decisions/0155-beyond-the-proxy.md)."""
    if beyond := BEYOND_PROXY.search(str(error)):
        return NetworkError(
            msg(
                "the proxy {without_userinfo} cannot reach {place}: {beyond}",
                without_userinfo=without_userinfo(way.proxy),
                place=way.place,
                beyond=beyond[0],
            ),
            hint=msg("the proxy answers, the service does not: check base_url, or try without it"),
            advises="base_url",
            repeat="free",
        )
    return ProxyError(
        msg(
            "the proxy {without_userinfo} refused: {error}",
            without_userinfo=without_userinfo(way.proxy),
            error=error or msg("no reason given"),
        ),
        hint=msg("check the proxy's address and password"),
    )


def _bad_proxy_protocol(way: Route) -> ProxyError:
    return ProxyError(
        msg(
            "the proxy {without_userinfo} does not speak the expected protocol",
            without_userinfo=without_userinfo(way.proxy),
        ),
        hint=msg("check the proxy's scheme (http, socks5) and port"),
    )


def _protocol_error(error: Exception, way: Route) -> LlmchatError:
    text = str(error)  # httpx has a single class for them, without fields
    if way.proxy and not way.sent:
        return _bad_proxy_protocol(way)
    if text.startswith(UNREADABLE):  # the rest may contain part of a password
        return _redirects_nowhere(way)
    if "without sending" in text or "closed connection" in text:
        return NetworkError(
            msg("{place} closed the connection", place=way.place), repeat=way.repeat
        )
    # h11 quotes data, and a header may contain a password.
    said, *_ = one_line(text).split(": bytearray(")
    return NotAnAnswer(
        msg("{place} does not speak HTTP: {text}", place=way.place, text=said),
        hint=msg("check base_url: http:// or https://, host and port"),
        advises="base_url",
    )


def _redirects_nowhere(way: Route) -> ServiceError:
    return ServiceError(
        msg("{shown} redirects to an invalid URL", shown=way.place),
        hint=msg("check base_url"),
        advises="base_url",
    )


def _root(error: BaseException) -> BaseException:
    """The error below all wrappers, which comes from the operating system; TLS errors are
    recognised on the way. If several addresses failed, that of the first one."""
    seen = {id(error)}
    while not isinstance(error, ssl.SSLError):
        if isinstance(error, BaseExceptionGroup):
            below: BaseException | None = error.exceptions[0]
        else:
            below = error.__cause__ or error.__context__
        if below is None or id(below) in seen:
            return error
        seen.add(id(below))
        error = below
    return error
