"""TLS and proxies: untrusted certificates, proxies that refuse, and keys that must not leak."""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from tests.e2e.faults import check_stderr, settings
from tests.e2e.frames import SAID
from tests.e2e.frames import TEXT as STREAM
from tests.e2e.shell import KEY, Result, Shell, closed_port
from tests.servers.scripted import Script, Visit, always, serving, whole

OK = always(whole(STREAM))
PASSWORD = "pr0xy-canary"


def context(ca: trustme.CA, name: str = "localhost", *, days: int = 5) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ends = datetime.now(UTC) + timedelta(days=days)
    leaf = ca.issue_cert(name, not_before=ends - timedelta(days=30), not_after=ends)
    leaf.configure_cert(made)
    return made


def failed(result: Result, says: str, *, code: int = 5) -> None:
    assert (result.code, result.out) == (code, ""), result
    check_stderr(result, failed=True)
    assert says in result.lines[-2], result.err
    assert PASSWORD not in result.err


async def ask(shell: Shell, url: str, *flags: str, **env: str) -> Result:
    given = {**settings("openai", url), "LLMCHAT_RETRIES": "0", **env}
    return await asyncio.to_thread(shell.ask, "-p", "openai", *flags, "hi", env=given)


BAD = {
    "nobody vouches for it": ("localhost", 5, "certificate"),
    "another name": ("other.example", 5, "certificate"),
    "expired": ("localhost", -1, "certificate"),
}


@pytest.mark.parametrize(("name", "days", "says"), BAD.values(), ids=BAD)
async def test_a_certificate_that_is_not_trusted(
    shell: Shell, tmp_path: Path, name: str, days: int, says: str
) -> None:
    """Exit 5, and nothing of the request was sent."""
    ca, roots = trustme.CA(), tmp_path / "roots.pem"
    ca.cert_pem.write_to_path(str(roots))
    trusted = {} if days > 0 and name == "localhost" else {"SSL_CERT_FILE": str(roots)}
    async with serving(OK, tls=context(ca, name, days=days)) as server:
        result = await ask(shell, server.url, **trusted)
        failed(result, says)
        assert server.asked == []


async def test_a_bundle_of_ones_own(shell: Shell, tmp_path: Path) -> None:
    ca, roots = trustme.CA(), tmp_path / "roots.pem"
    ca.cert_pem.write_to_path(str(roots))
    async with serving(OK, tls=context(ca)) as server:
        result = await ask(shell, server.url, LLMCHAT_OPENAI_CA_BUNDLE=str(roots))
        assert (result.code, result.out) == (0, f"{SAID}\n"), result
        missing = await ask(shell, server.url, LLMCHAT_OPENAI_CA_BUNDLE=str(tmp_path / "no.pem"))
        failed(missing, "no.pem", code=3)


async def test_http_where_tls_was_meant(shell: Shell) -> None:
    async with babbling(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
        failed(await ask(shell, f"https://localhost:{port}"), "TLS")


async def test_tls_where_http_was_meant(shell: Shell) -> None:
    async with serving(OK, tls=context(trustme.CA())) as server:
        result = await ask(shell, server.url.replace("https:", "http:"))
        assert result.code in (5, 8), result
        check_stderr(result, failed=True)


async def test_plain_http_to_another_machine_is_refused(shell: Shell) -> None:
    failed(await ask(shell, "http://192.0.2.1"), "http://", code=3)


ADDRESSES = ("ftp://x", "not a valid URL", "https://", "http://[::1", "https://host:99999")


@pytest.mark.parametrize("url", ADDRESSES)
async def test_addresses_that_are_none(shell: Shell, url: str) -> None:
    result = await ask(shell, url)
    assert (result.code, result.out) == (3, ""), result
    check_stderr(result, failed=True)


@asynccontextmanager
async def babbling(reply: bytes) -> AsyncIterator[int]:
    """A port that answers any connection with the same bytes."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(64)
        writer.write(reply)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    yield int(server.sockets[0].getsockname()[1])
    server.close()


def says(reply: bytes) -> Script:
    async def script(visit: Visit) -> None:
        await visit.send(reply)

    return script


async def test_a_certificate_of_a_proxy_that_is_not_trusted_is_not_said_to_be_the_services(
    shell: Shell,
) -> None:
    async with serving(OK, tls=context(trustme.CA())) as server:
        login = server.url.replace("https://", f"https://anna:{PASSWORD}@")
        result = await ask(shell, "https://service.example", "--proxy", login)
        failed(result, f"service.example or to the proxy {server.url}: ")
        assert server.asked == []


async def test_an_http_proxy_is_asked(shell: Shell) -> None:
    """The whole address goes to the proxy, its password with it, and to nobody else."""
    async with serving(OK) as proxy:
        by_flag = proxy.url.replace("http://", f"http://me:{PASSWORD}@")
        result = await ask(shell, "http://127.0.0.1:9", "--proxy", by_flag)
        assert (result.code, result.out) == (0, f"{SAID}\n"), result
        asked = proxy.asked[0]
        assert asked.target.startswith("http://127.0.0.1:9/")
        sent = base64.b64encode(f"me:{PASSWORD}".encode()).decode()
        assert asked.headers["proxy-authorization"] == f"Basic {sent}"


async def test_proxies_of_the_environment(shell: Shell) -> None:
    async with serving(OK) as proxy:
        used = await ask(shell, "http://127.0.0.1:9", HTTP_PROXY=proxy.url, http_proxy=proxy.url)
        assert used.code == 0, used
        spared = {"http_proxy": proxy.url, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
        assert (await ask(shell, "http://127.0.0.1:9", **spared)).code == 5
        assert len(proxy.asked) == 1


PROXIES = {
    "407": (b"HTTP/1.1 407 Who are you\r\ncontent-length: 0\r\n\r\n", "refused"),
    "403": (b"HTTP/1.1 403 No\r\ncontent-length: 0\r\n\r\n", "refused"),
    "502": (b"HTTP/1.1 502 Bad\r\ncontent-length: 0\r\n\r\n", "cannot reach service.example"),
    "silent": (b"", "proxy"),
    "garbage": (b"\x00\x01\x02garbage\r\n\r\n", "proxy"),
}


@pytest.mark.parametrize(("reply", "said"), PROXIES.values(), ids=PROXIES)
async def test_a_tunnel_that_is_refused(shell: Shell, reply: bytes, said: str) -> None:
    """CONNECT fails: exit 5, the proxy is named without its password, the key stays here."""
    async with serving(says(reply)) as proxy:
        address = proxy.url.replace("http://", f"http://me:{PASSWORD}@")
        result = await ask(shell, "https://service.example", "--proxy", address)
        failed(result, said)
        assert KEY not in str([a.headers for a in proxy.asked])


@pytest.mark.parametrize("scheme", ["http", "https", "socks5", "socks5h", "socks"])
async def test_a_proxy_that_is_not_there(shell: Shell, scheme: str) -> None:
    proxy = f"{scheme}://me:{PASSWORD}@127.0.0.1:{closed_port()}"
    failed(await ask(shell, "https://service.example", "--proxy", proxy), "proxy")


@pytest.mark.parametrize("reply", [b"", b"\x04\x00", b"\x05\xff", b"HTTP/1.1 400 No\r\n\r\n"])
async def test_a_socks_proxy_that_babbles(shell: Shell, reply: bytes) -> None:
    async with babbling(reply) as port:
        flags = ("--proxy", f"socks5://127.0.0.1:{port}", "--connect-timeout", "3")
        result = await ask(shell, "https://service.example", *flags)
    assert (result.code, result.out) == (5, ""), result
    check_stderr(result, failed=True)


async def test_a_proxy_that_says_nothing(shell: Shell) -> None:
    """The deadline of a connection holds for the proxy as well."""

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    for scheme in ("http", "socks5"):
        flags = ("--proxy", f"{scheme}://127.0.0.1:{port}", "--connect-timeout", "1")
        failed(await ask(shell, "https://service.example", *flags), "timed out", code=6)
    server.close()


@pytest.mark.parametrize("proxy", ["gopher://x:1", "http://", "http://host:port", "socks4://h:1"])
async def test_a_proxy_address_that_is_none(shell: Shell, proxy: str) -> None:
    result = await ask(shell, "https://service.example", "--proxy", proxy)
    assert (result.code in (2, 3), result.out) == (True, ""), result
    check_stderr(result, failed=True)
