"""Every error of httpx becomes one of ours, with an exit code and a next step."""

from __future__ import annotations

import inspect
import socket
import ssl
from typing import Any

import httpx
import pytest

from llmchat.errors import (
    ConfigError,
    DnsError,
    LlmchatError,
    NetworkError,
    NoConnection,
    NotAnAnswer,
    ProxyError,
    ServiceError,
    Timeout,
    TlsError,
)
from llmchat.transport.errors.network import Route, translate, translated

URL = "https://user:pa55word@service.example:8443/v1?key=1"
PROXY = "http://me:pa55word@proxy.example:3128"


def foreign_errors() -> list[type[Exception]]:
    found = [
        cls
        for name in httpx.__all__
        if inspect.isclass(cls := getattr(httpx, name)) and issubclass(cls, Exception)
    ]
    assert len(found) > 20
    return sorted(found, key=lambda cls: cls.__name__)


def made(cls: type[Exception]) -> Exception:
    request = httpx.Request("GET", URL)
    extra: dict[str, Any] = {}
    if cls is httpx.HTTPStatusError:
        extra = {"request": request, "response": httpx.Response(500, request=request)}
    if issubclass(cls, httpx.StreamError) and cls is not httpx.StreamError:
        return cls()  # type: ignore[call-arg]  # these carry their own words
    return cls("what it says", **extra)


def caused(error: Exception, cause: BaseException) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize("sent", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("proxy", ["", PROXY], ids=["direct", "proxy"])
@pytest.mark.parametrize("cls", foreign_errors(), ids=lambda cls: cls.__name__)
def test_every_error_of_httpx_is_translated(cls: type[Exception], proxy: str, sent: bool) -> None:
    """The list is httpx's own, so that an error it learns next year turns this red."""
    with pytest.raises(LlmchatError) as caught, translated(Route(URL, proxy, sent)):
        raise made(cls)
    assert caught.value.__cause__ is not None
    assert caught.value.hint
    assert "pa55word" not in caught.value.message + caught.value.hint
    assert "\n" not in caught.value.message
    advises = {"llmchat doctor finds": "doctor", "base_url": "base_url"}
    assert caught.value.advises == next(
        (a for said, a in advises.items() if said in caught.value.hint), ""
    )


EXPECTED = {
    httpx.ConnectTimeout: NoConnection,
    httpx.PoolTimeout: NoConnection,
    httpx.ReadTimeout: Timeout,
    httpx.WriteTimeout: Timeout,
    httpx.ConnectError: NetworkError,
    httpx.ReadError: NetworkError,
    httpx.WriteError: NetworkError,
    httpx.CloseError: NetworkError,
    httpx.ProxyError: ProxyError,
    httpx.UnsupportedProtocol: ServiceError,
    httpx.InvalidURL: ServiceError,
    httpx.LocalProtocolError: ConfigError,
    httpx.RemoteProtocolError: NotAnAnswer,
    httpx.DecodingError: NotAnAnswer,
}


@pytest.mark.parametrize(("cls", "ours"), EXPECTED.items(), ids=lambda cls: cls.__name__)
def test_each_kind_becomes_its_own_kind(cls: type[Exception], ours: type[LlmchatError]) -> None:
    assert type(translate(made(cls), Route(URL, sent=True))) is ours


@pytest.mark.parametrize(
    ("cause", "ours", "words"),
    [
        (socket.gaierror(-2, "Name or service not known"), DnsError, "cannot resolve"),
        (ConnectionRefusedError(111, "Connection refused"), NetworkError, "refused"),
        (OSError(113, "No route to host"), NetworkError, "No route to host"),
        (OSError(113, "Connect call failed ('10.0.0.1', 443)"), NetworkError, ": No route to host"),
        (
            ExceptionGroup("several", [ConnectionRefusedError(111, "no"), OSError(1, "x")]),
            NetworkError,
            "refused",
        ),
        (ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong"), TlsError, "does not speak TLS"),
        (
            ssl.SSLEOFError(8, "EOF occurred in violation of protocol"),
            TlsError,
            "closed the connection",
        ),
    ],
    ids=["dns", "refused", "route", "asyncio", "two addresses", "no TLS", "hung up"],
)
def test_below_a_connect_error_the_operating_system_speaks(
    cause: Exception, ours: type[LlmchatError], words: str
) -> None:
    error = translate(caused(httpx.ConnectError("all failed"), cause), Route(URL))
    assert (type(error), words in error.message) == (ours, True), error.message
    assert "service.example:8443" in error.message
    assert ("base_url" in error.hint) == (error.advises == "base_url")


@pytest.mark.parametrize(
    ("reason", "sent", "words", "hint"),
    [
        ("TLSV1_ALERT_PROTOCOL_VERSION", False, "does not speak TLS 1.2", "an update"),
        ("UNSUPPORTED_PROTOCOL", False, "does not speak TLS 1.2", "an update"),
        ("TLSV13_ALERT_CERTIFICATE_REQUIRED", True, "asks for a client", "set client_cert"),
        ("SSLV3_ALERT_HANDSHAKE_FAILURE", False, "handshake failure", "if it asks for a client"),
        ("TLSV1_ALERT_INTERNAL_ERROR", False, "alert internal error", "llmchat doctor finds"),
    ],
)
def test_a_handshake_that_fails_without_a_bad_certificate_asks_for_no_root(
    reason: str, sent: bool, words: str, hint: str
) -> None:
    cause = ssl.SSLError(1, f"[SSL: {reason}] words (_ssl.c:1006)")
    cause.reason = reason
    error = translate(caused(httpx.ReadError(""), cause), Route(URL, sent=sent))
    assert isinstance(error, TlsError)
    assert words in error.message
    assert hint in error.hint
    assert "ca_bundle" not in error.hint
    assert ("base_url" in error.hint) == (error.advises == "base_url")


UNREADABLE = {
    "a password with a slash": httpx.RemoteProtocolError(
        "Invalid URL in location header: Invalid port: 'pa55word'."
    ),
    "a name that is none": httpx.RemoteProtocolError(
        "Invalid URL in location header: Invalid IDNA hostname: 'a..b'."
    ),
    "half a character": UnicodeEncodeError("idna", "xn--", 0, 1, "not a name"),
}


@pytest.mark.parametrize("error", UNREADABLE.values(), ids=UNREADABLE)
def test_a_redirect_that_cannot_be_read_is_one_and_keeps_its_password(error: Exception) -> None:
    """The service speaks HTTP, and its answer is at fault, not our settings."""
    ours = translate(error, Route(URL, sent=True))
    assert (type(ours), ours.exit_code) == (ServiceError, 8), ours.message
    assert ours.message == "service.example:8443 redirects to an invalid URL"


def test_a_connection_that_is_closed_is_no_fault_of_the_protocol() -> None:
    """h11 says it in other words where the head of a chunk is cut."""
    cut = httpx.RemoteProtocolError("peer unexpectedly closed connection")
    error = translate(cut, Route(URL, sent=True))
    assert (type(error), error.exit_code) == (NetworkError, 5), error.message


def test_what_h11_quotes_of_a_bad_reply_is_short_and_no_header() -> None:
    header = "illegal header line: bytearray(b'Location: http://me:pa55word@a/\\x00')"
    error = translate(httpx.RemoteProtocolError(header), Route(URL, sent=True))
    assert error.message == "service.example:8443 does not speak HTTP: illegal header line"
    line = f"illegal status line: bytearray(b'{'x' * 60_000}')"
    error = translate(httpx.RemoteProtocolError(line), Route(URL, sent=True))
    assert error.message == "service.example:8443 does not speak HTTP: illegal status line"
    long = httpx.RemoteProtocolError("x" * 60_000)
    assert len(translate(long, Route(URL, sent=True)).message) < 400


def test_a_connect_error_behind_a_proxy_blames_the_proxy_and_may_be_repeated() -> None:
    refused = caused(httpx.ConnectError("no"), ConnectionRefusedError(111, "no"))
    error = translate(refused, Route(URL, PROXY))
    assert (type(error), error.repeat, "proxy.example:3128" in error.message) == (
        ProxyError, "free", True,
    )  # fmt: skip


@pytest.mark.parametrize(
    "said",
    [
        "502 Bad Gateway",
        "503 Service Unavailable",
        "504 Gateway Timeout",
        "Proxy Server could not connect: Network unreachable.",
        "Proxy Server could not connect: Host unreachable.",
        "Proxy Server could not connect: Connection refused.",
        "Proxy Server could not connect: TTL expired.",
    ],
)
def test_a_service_that_a_proxy_cannot_reach_is_not_a_refusal_of_the_proxy(said: str) -> None:
    error = translate(httpx.ProxyError(said), Route(URL, PROXY))
    assert (type(error), error.repeat) == (NetworkError, "free")
    assert "proxy.example:3128 cannot reach service.example:8443" in error.message


@pytest.mark.parametrize(
    "said",
    [
        "407 Proxy Authentication Required",
        "403 Forbidden",
        "500 502",
        "Proxy Server could not connect: Connection not allowed by ruleset.",
        "Invalid username/password",
    ],
)
def test_a_proxy_that_does_not_want_to_refuses(said: str) -> None:
    error = translate(httpx.ProxyError(said), Route(URL, PROXY))
    assert type(error) is ProxyError
    assert "proxy.example:3128 refused" in error.message


@pytest.mark.parametrize(("sent", "repeat"), [(False, "free"), (True, "charged")])
def test_what_was_sent_may_have_been_charged(sent: bool, repeat: str) -> None:
    for error in (httpx.ReadError("reset"), httpx.RemoteProtocolError("Server disconnected without sending a response.")):  # fmt: skip  # noqa: E501  # httpx's own sentence
        assert translate(error, Route(URL, sent=sent)).repeat == repeat


@pytest.mark.parametrize(
    "error", [UnicodeError("label too long"), UnicodeEncodeError("ascii", "ж", 0, 1, "no")]
)
def test_what_cannot_be_written_is_a_setting(error: Exception) -> None:
    with pytest.raises(ConfigError), translated(Route(URL)):
        raise error


@pytest.mark.parametrize("error", [AssertionError(), ValueError("socks"), IndexError("x")])
def test_whatever_a_babbling_proxy_causes_is_the_proxys_fault(error: Exception) -> None:
    """httpcore asserts what a SOCKS proxy must say, and lets its parser's errors through."""
    with pytest.raises(ProxyError), translated(Route(URL, "socks5://proxy.example:1080")):
        raise error


def test_a_fault_of_ours_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError), translated(Route(URL)):
        raise ZeroDivisionError


def test_an_error_of_ours_passes_as_it_is() -> None:
    mine = ConfigError("mine")
    with pytest.raises(ConfigError) as caught, translated(Route(URL, PROXY)):
        raise mine
    assert caught.value is mine


@pytest.mark.parametrize("error", [httpx.InvalidURL("no host"), httpx.UnsupportedProtocol("data")])
def test_a_redirect_that_leads_nowhere_is_not_a_setting(error: Exception) -> None:
    """httpx reads it while it receives the reply, although we follow none."""
    with (
        pytest.raises(ServiceError, match="redirects to"),
        translated(Route(URL, sent=True)),
    ):
        raise error
