"""Proxies on this machine: http (plain and CONNECT) and SOCKS5, with and without a password."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

# The end of a test's loop cancels whoever still waits; that is no error.
GONE = (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError)


@dataclass
class Proxy:
    port: int = 0
    login: str = ""  # user:password
    hosts: dict[str, int] = field(default_factory=dict)  # names that only the proxy knows
    targets: list[str] = field(default_factory=list)  # host:port as it was asked for
    first_lines: list[str] = field(default_factory=list)

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.port}"

    def port_of(self, host: str, port: int) -> int:
        self.targets.append(f"{host}:{port}")
        return self.hosts.get(host, port)


@asynccontextmanager
async def http_proxy(login: str = "", hosts: dict[str, int] | None = None) -> AsyncIterator[Proxy]:
    proxy = Proxy(login=login, hosts=hosts or {})

    async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(*GONE):
            top = await reader.readuntil(b"\r\n\r\n")
            first = top.split(b"\r\n")[0].decode()
            proxy.first_lines.append(first)
            method, target, _ = first.split()
            expected = b"basic " + base64.b64encode(proxy.login.encode())
            if proxy.login and expected.lower() not in top.lower():
                writer.write(
                    b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n"
                )
            elif method == "CONNECT":
                host, _, port = target.rpartition(":")
                there = await asyncio.open_connection("127.0.0.1", proxy.port_of(host, int(port)))
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                await _join((reader, writer), there)
            else:
                host, _, port = target.split("/")[2].partition(":")
                there = await asyncio.open_connection(
                    "127.0.0.1", proxy.port_of(host, int(port or 80))
                )
                there[1].write(top.replace(f"http://{host}:{port}".encode(), b"", 1))
                await _join((reader, writer), there)
        writer.close()

    async with _listening(visit, proxy):
        yield proxy


@asynccontextmanager
async def socks_proxy(login: str = "", hosts: dict[str, int] | None = None) -> AsyncIterator[Proxy]:
    proxy = Proxy(login=login, hosts=hosts or {})

    async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(*GONE):
            if await _greeted(proxy, reader, writer):
                host, port = await _destination(reader)
                try:
                    there = await asyncio.open_connection("127.0.0.1", proxy.port_of(host, port))
                except OSError:
                    writer.write(b"\x05\x05\x00\x01\x00\x00\x00\x00\x00\x00")  # refused
                else:
                    writer.write(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
                    await _join((reader, writer), there)
        writer.close()

    async with _listening(visit, proxy):
        yield proxy


@asynccontextmanager
async def babbling_proxy(reply: bytes) -> AsyncIterator[Proxy]:
    """Answers any input with the same bytes."""
    proxy = Proxy()

    async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(*GONE):
            while await reader.read(65536):
                writer.write(reply)
                if not reply:
                    break
        writer.close()

    async with _listening(visit, proxy):
        yield proxy


@asynccontextmanager
async def silent_proxy() -> AsyncIterator[Proxy]:
    """Listens, and never sends anything."""
    proxy = Proxy()

    async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(*GONE):
            await reader.read()
        writer.close()

    async with _listening(visit, proxy):
        yield proxy


@asynccontextmanager
async def _listening(visit: object, proxy: Proxy) -> AsyncIterator[None]:
    listening = await asyncio.start_server(visit, "127.0.0.1", 0)  # type: ignore[arg-type]
    proxy.port = listening.sockets[0].getsockname()[1]
    try:
        yield
    finally:
        listening.close()


Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _join(here: Ends, there: Ends) -> None:
    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(*GONE):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        writer.close()

    await asyncio.gather(pump(here[0], there[1]), pump(there[0], here[1]))


async def _greeted(
    proxy: Proxy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> bool:
    _, count = await reader.readexactly(2)
    methods = await reader.readexactly(count)
    wanted = 2 if proxy.login else 0
    if wanted not in methods:
        writer.write(b"\x05\xff")
        return False
    writer.write(bytes([5, wanted]))
    if not proxy.login:
        return True
    parts = []
    await reader.readexactly(1)
    for _ in range(2):
        (size,) = await reader.readexactly(1)
        parts.append((await reader.readexactly(size)).decode())
    accepted = ":".join(parts) == proxy.login
    writer.write(b"\x01\x00" if accepted else b"\x01\x01")
    return accepted


async def _destination(reader: asyncio.StreamReader) -> tuple[str, int]:
    _, _, _, kind = await reader.readexactly(4)
    if kind == 3:
        (size,) = await reader.readexactly(1)
        host = (await reader.readexactly(size)).decode()
    else:
        host = ".".join(str(b) for b in await reader.readexactly(4))
    return host, int.from_bytes(await reader.readexactly(2))
