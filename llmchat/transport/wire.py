"""The HTTP client of one service: sends requests, limits replies, translates errors.

Why: docs/decisions/0011-connecting-has-its-own-deadline.md, 0158-what-is-no-question-has-an-end.md,
0166-what-says-nothing-is-counted.md.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from contextvars import ContextVar
from json import dumps
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from llmchat import __version__
from llmchat.errors import ConfigError, InvalidUrl, LlmchatError, TlsError
from llmchat.language import msg
from llmchat.system.idle import request_left
from llmchat.transport import tls
from llmchat.transport.errors.network import (
    FOREIGN,
    Route,
    no_answer,
    no_connection,
    translated,
    untrusted,
)
from llmchat.transport.http import httpx
from llmchat.transport.proxy import proxy_for
from llmchat.transport.reply import Reply
from llmchat.values.endpoint import DIRECT, ClientCertificate, Endpoint, is_loopback
from llmchat.values.flood_limits import FillerLimit
from llmchat.values.secret import Mask, Secret, long_keys
from llmchat.values.urls import without_userinfo

Trust = Callable[[str], tuple[str, ...]]  # additional roots for a host, as PEM texts
Identify = Callable[[str], ClientCertificate | None]  # the client certificate for a URL

Connected = Callable[[str], None]  # called with a connection's address before anything is sent

TCP = "connection.connect_tcp.complete"
OPENED = (".connect_tcp.complete", ".start_tls.complete")
HEAD = "http11.receive_response_headers."
ANSWERING = 60.0  # seconds for requests other than questions: a list, a token, a file
WRITING = 60.0  # seconds for each write of a large request

OUR_HEADERS = {"User-Agent": f"llmchat/{__version__}", "Accept-Encoding": "identity"}


def nobody_else(host: str) -> tuple[str, ...]:
    """No additional roots, as for nearly all providers."""
    return ()


def nameless(url: str) -> ClientCertificate | None:
    """No client certificate."""
    return None


class Secured(NamedTuple):
    """The properties that connections must share to be in one pool."""

    scheme: str
    roots: tuple[str, ...]
    client: ClientCertificate | None
    proxy: str


class Wire:
    """An HTTP client, with one connection pool and TLS context for each pair of trust and proxy,
    created when needed."""

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        trust: Trust = nobody_else,
        identify: Identify = nameless,
        http: httpx.AsyncBaseTransport | None = None,
        connected: Connected | None = None,
    ) -> None:
        self._connected = connected
        self._endpoint = endpoint
        self._secrets = list(endpoint.secrets)
        self._trust = trust
        self._identify = identify
        self._http = http
        self._clients: dict[Secured, httpx.AsyncClient] = {}

    def conceal(self, secret: Secret) -> None:
        """Masks another secret from now on, such as a new token."""
        if secret not in self._secrets:
            self._secrets.append(secret)

    @property
    def mask(self) -> Mask:
        """Masks secrets in answers, headers and names of models."""
        return Mask(long_keys(self._secrets))

    @contextmanager
    def masked(self) -> Iterator[None]:
        """Masks secrets in errors raised in the block, because their texts may quote what was sent
        (docs/decisions/0067-one-mask.md)."""
        try:
            yield
        except LlmchatError as error:
            error.rewrite(Mask(self._secrets))
            raise

    @asynccontextmanager
    async def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        form: Mapping[str, str] | None = None,
        files: Any = None,
        params: Mapping[str, str] | None = None,
    ) -> AsyncIterator[Reply]:
        """Sends one request; the connection is closed at the end of the block."""
        with self.masked():
            async with self._sent(
                method, url, headers=headers, json=json, form=form, files=files, params=params
            ) as reply:
                yield reply

    @asynccontextmanager
    async def _sent(
        self, method: str, url: str, *, json: Any, form: Mapping[str, str] | None, **more: Any
    ) -> AsyncIterator[Reply]:
        self._check_scheme(url)
        proxies = self._endpoint.proxies
        way = Route(url, "" if proxies == DIRECT else proxy_for(url, proxies))
        with translated(way):
            client = self._client(url, way.proxy)
            request = client.build_request(
                method, url, content=None if json is None else _json(json), data=form, **more
            )
        asks = json is not None  # other requests (a token, a list) are not questions
        response = await self._answer(client, request, way, asks=asks)
        try:
            stall = self._endpoint.deadlines.stall
            reply = Reply(response, way, stall=stall, mask=self.mask, prompt=not asks)
            _weigh.set(reply.weigh)
            yield reply
        finally:
            with suppress(*FOREIGN):  # everything needed was read
                await response.aclose()
            _let_go(response)

    async def aclose(self) -> None:
        clients, self._clients = self._clients, {}
        for client in clients.values():
            with suppress(*FOREIGN):
                await client.aclose()

    async def _answer(
        self, client: httpx.AsyncClient, request: httpx.Request, way: Route, *, asks: bool
    ) -> httpx.Response:
        """Waits for status and headers. Connecting (name, proxy, TLS) has its own deadline, which
        ends when the request begins to be sent."""
        way.sent = self._http is not None  # a fake network has no connection to wait for
        answering = min(ANSWERING, self._endpoint.deadlines.first_token or ANSWERING)
        try:
            async with asyncio.timeout(self._endpoint.deadlines.connect) as connecting:

                async def trace(step: str, info: Mapping[str, Any]) -> None:
                    if step.endswith(OPENED):
                        _count_reads(info["return_value"])
                    elif step.startswith(HEAD):
                        _weigh.set(FillerLimit().weigh if step.endswith(".started") else None)
                    if step == TCP and self._connected and not way.proxy:
                        self._connected(_address(info["return_value"]))
                    if step == "http11.send_request_headers.started":
                        tunnel = info["request"].method == b"CONNECT"
                        if not tunnel and not way.sent:
                            way.sent = True
                            connecting.reschedule(None)
                    elif step == "http11.send_request_body.complete" and way.sent:
                        if asks:  # the caller of a question has its own deadlines
                            request_left()
                        else:
                            connecting.reschedule(asyncio.get_running_loop().time() + answering)

                if way.sent:
                    connecting.reschedule(None)
                request.extensions["trace"] = trace
                with translated(way):
                    return await client.send(request, stream=True)
        except TimeoutError:
            raise (no_answer(way, answering) if way.sent else no_connection(way)) from None
        except TlsError as error:
            raise await self._described(error, way) from error

    async def _described(self, error: TlsError, way: Route) -> TlsError:
        """Adds the server's certificate to the error, if it can be fetched."""
        if way.proxy or not untrusted(error):
            return error
        from llmchat.transport.errors.certificate import shown_by  # only for this error: 1 ms

        parts = urlsplit(way.url)
        shown = await shown_by(parts.hostname or "", parts.port or 443)
        if shown is None:
            return error
        return TlsError(
            msg("{message}; its certificate: {shown}", message=error.message, shown=shown),
            hint=error.hint,
            advises=error.advises,
        )

    def _client(self, url: str, proxy: str) -> httpx.AsyncClient:
        parts = urlsplit(url)
        secure = parts.scheme == "https"
        roots = self._trust(parts.hostname or "") if secure else ()
        key = Secured(parts.scheme, roots, self._identify(url) if secure else None, proxy)
        if key not in self._clients:
            self._clients[key] = self._new_client(key)
        return self._clients[key]

    def _new_client(self, secured: Secured) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=self._http or self._transport(secured),
            headers=OUR_HEADERS | dict(self._endpoint.headers),
            timeout=httpx.Timeout(None, write=WRITING),
            follow_redirects=False,
            trust_env=False,
        )

    def _transport(self, secured: Secured) -> httpx.AsyncBaseTransport:
        if secured.scheme == "https":
            bundle = self._endpoint.ca_bundle
            context = tls.trusting_context(secured.roots, bundle=bundle, client=secured.client)
        else:
            context = plain_context()
        return httpx.AsyncHTTPTransport(verify=context, proxy=self._proxy(secured.proxy))

    def _proxy(self, proxy: str) -> httpx.Proxy | None:
        if not proxy:
            return None
        secure = proxy.startswith("https:")
        context = tls.trusting_context(bundle=self._endpoint.ca_bundle) if secure else None
        return httpx.Proxy(proxy, ssl_context=context)

    def _check_scheme(self, url: str) -> None:
        try:
            parts = urlsplit(url)
            scheme, host, _ = parts.scheme, parts.hostname or "", parts.port
        except ValueError:
            scheme, host = "", ""
        if scheme not in ("http", "https") or not host:
            raise InvalidUrl(
                msg("not a valid URL: {without_userinfo}", without_userinfo=without_userinfo(url)),
                hint=msg("set base_url to an https:// URL with a host"),
                advises="base_url",
            )
        if scheme == "http" and not is_loopback(host) and not self._endpoint.allow_http:
            raise ConfigError(
                msg("http:// to {host} is not encrypted", host=host),
                hint=msg("use https://, or allow it with allow_http = true for this provider"),
            )


def _let_go(response: httpx.Response) -> None:
    """Breaks reference cycles: the stream refers back to the response, and our trace hook to the
    task. They would keep each question, with its files, in memory until the next garbage
    collection."""
    response.stream = httpx.ByteStream(b"")
    response.request.extensions = {}


_weigh: ContextVar[Callable[[int], None] | None] = ContextVar("weigh", default=None)


def _count_reads(stream: Any) -> None:
    """Counts what is read from the connection. httpcore accepts any number of interim responses
    (100, 102, 103), and does not count chunk headers."""
    read = stream.read

    async def counted(*args: Any, **more: Any) -> bytes:
        data: bytes = await read(*args, **more)
        if weigh := _weigh.get():
            weigh(len(data))
        return data

    stream.read = counted


def _address(stream: Any) -> str:
    """The address of the other end; "" if unknown."""
    address = stream.get_extra_info("server_addr")
    return str(address[0]) if address else ""


def plain_context() -> ssl.SSLContext:
    """A context for http://, which trusts no certificate and is cheap to create."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _json(data: Any) -> bytes:
    """JSON, with lone surrogates from a broken file or argument replaced."""
    return dumps(data, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
