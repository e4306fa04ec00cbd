"""The way to one service: requests out, bounded replies in, every foreign error translated."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from json import dumps
from typing import Any
from urllib.parse import urlsplit

from llmchat import __version__
from llmchat.endpoint import Endpoint
from llmchat.errors import ConfigError, NotAnAnswer, Timeout
from llmchat.transport import tls
from llmchat.transport.faults import translated
from llmchat.transport.http import httpx
from llmchat.transport.inflate import Inflater
from llmchat.transport.proxy import proxy_for

Trust = Callable[[str], tuple[str, ...]]  # a host's extra roots, as PEM texts

STALLED = "try again, or raise --stall-timeout"
LONGEST_ERROR_BODY = 64 * 1024
LONGEST_REPLY = 256 * 1024 * 1024  # on the wire; frames weigh more than the text they carry
LONGEST_DOCUMENT = 16 * 1024 * 1024  # a reply read whole: a page, a list of models
AFTER_THE_END = 2.0  # what may follow the finish mark (usage) is waited for so long
WRITING = 60.0  # seconds in which a large request must get rid of its next piece

OUR_HEADERS = {"User-Agent": f"llmchat/{__version__}", "Accept-Encoding": "identity"}
LOOPBACK = ("localhost", "127.0.0.1", "::1")


def nobody_else(host: str) -> tuple[str, ...]:
    """The trust of nearly every provider: the usual roots and no more."""
    return ()


class Wire:
    """One client and one TLS context for each pair of trust and proxy, made when first needed."""

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        trust: Trust = nobody_else,
        http: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._endpoint = endpoint
        self._trust = trust
        self._http = http
        self._clients: dict[tuple[str, tuple[str, ...], str], httpx.AsyncClient] = {}

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
        """One request; the connection lives as long as the block."""
        self._check_scheme(url)
        proxy = proxy_for(url, self._endpoint.proxies)
        with translated(url, proxy):
            client = self._client(url, proxy)
            request = client.build_request(
                method,
                url,
                headers=headers,
                content=None if json is None else _json(json),
                data=form,
                files=files,
                params=params,
            )
            response = await client.send(request, stream=True)
        try:
            yield Reply(response, url, proxy, stall=self._endpoint.deadlines.stall)
        finally:
            with translated(url, proxy):
                await response.aclose()

    async def aclose(self) -> None:
        clients, self._clients = self._clients, {}
        for client in clients.values():
            with suppress(httpx.HTTPError, OSError):
                await client.aclose()

    def _client(self, url: str, proxy: str) -> httpx.AsyncClient:
        parts = urlsplit(url)
        roots = self._trust(parts.hostname or "") if parts.scheme == "https" else ()
        key = (parts.scheme, roots, proxy)
        if key not in self._clients:
            self._clients[key] = self._new_client(parts.scheme, roots, proxy)
        return self._clients[key]

    def _new_client(self, scheme: str, roots: tuple[str, ...], proxy: str) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=self._http or self._transport(scheme, roots, proxy),
            headers=OUR_HEADERS | dict(self._endpoint.headers),
            timeout=httpx.Timeout(
                connect=self._endpoint.deadlines.connect, read=None, write=WRITING, pool=None
            ),
            follow_redirects=False,
            trust_env=False,
        )

    def _transport(
        self, scheme: str, roots: tuple[str, ...], proxy: str
    ) -> httpx.AsyncBaseTransport:
        if scheme == "https":
            context = tls.trusting_context(roots, bundle=self._endpoint.ca_bundle)
        else:
            context = tls.plain_context()
        return httpx.AsyncHTTPTransport(verify=context, proxy=self._proxy(proxy))

    def _proxy(self, proxy: str) -> httpx.Proxy | None:
        if not proxy:
            return None
        secure = proxy.startswith("https:")
        return httpx.Proxy(proxy, ssl_context=tls.trusting_context() if secure else None)

    def _check_scheme(self, url: str) -> None:
        try:
            parts = urlsplit(url)
            host = parts.hostname or ""
        except ValueError:
            parts, host = None, ""
        if parts is None or parts.scheme not in ("http", "https") or not host:
            raise ConfigError(f"not an address: {url}", hint="base_url needs https:// and a host")
        local = host in LOOPBACK or host.startswith("127.") or host.endswith(".localhost")
        if parts.scheme == "http" and not local and not self._endpoint.allow_http:
            raise ConfigError(
                f"{host} is asked over http://, where anybody can read along",
                hint="use https://, or set allow_http = true for this provider",
            )


class Reply:
    """Status, headers, and a bounded body."""

    def __init__(self, response: httpx.Response, url: str, proxy: str, *, stall: float) -> None:
        self._response = response
        self._url = url
        self._proxy = proxy
        self._stall = stall
        self.status = response.status_code
        self.headers: Mapping[str, str] = response.headers
        self.content_type = response.headers.get("content-type", "").partition(";")[0].strip()

    async def chunks(
        self, *, ending: Callable[[], bool] = lambda: False, limit: int = LONGEST_REPLY
    ) -> AsyncGenerator[bytes, None]:
        """The body piece by piece, decompressed. When `ending()` says that the finish mark was
        read, what follows is waited for a moment only."""
        coding = self.headers.get("content-encoding", "").strip().lower()
        # A transport that hands over a whole response (a fake one does) has decoded it as well.
        read_already = self._response.is_stream_consumed
        inflater = Inflater("" if read_already else coding)
        pieces = self._response.aiter_bytes() if read_already else self._response.aiter_raw()
        total, patience = 0, None
        while True:
            with translated(self._url, self._proxy):
                try:
                    async with asyncio.timeout(AFTER_THE_END if ending() else patience):
                        piece = await anext(pieces, None)
                except TimeoutError:
                    if ending():
                        return
                    raise Timeout(f"no byte came for {self._stall:g} s", hint=STALLED) from None
            if piece is None:
                return
            patience = self._stall
            for data in inflater.slices(piece):
                total += len(data)
                if total > limit:
                    raise NotAnAnswer(f"the reply is larger than {limit // 2**20} MB")
                yield data

    async def start(self, limit: int = LONGEST_ERROR_BODY) -> bytes:
        """The beginning of the body: enough of an error to explain it."""
        body = bytearray()
        async for data in self.chunks():
            body += data
            if len(body) >= limit:
                break
        return bytes(body[:limit])

    async def whole(self, limit: int = LONGEST_DOCUMENT) -> bytes:
        """The body, if it is not larger than it should be."""
        return b"".join([data async for data in self.chunks(limit=limit)])


def _json(data: Any) -> bytes:
    """Half a surrogate pair, which a broken file or argument may hold, must not stop a question."""
    return dumps(data, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
