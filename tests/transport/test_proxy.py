"""Which proxy an address goes through, and real proxies on the way."""

from __future__ import annotations

import pytest

from llmchat.errors import ConfigError, NetworkError, ProxyError, Timeout, TlsError
from llmchat.transport import Wire
from llmchat.transport.proxy import checked, proxy_for
from llmchat.values.endpoint import Deadlines, Endpoint, Proxies
from tests.servers.proxies import babbling_proxy, http_proxy, silent_proxy, socks_proxy
from tests.servers.scripted import always, serving, whole
from tests.transport.conftest import Certified

HIDDEN = "service.localhost"  # a name that only the proxy can find


async def through(proxy: str, url: str, *, bundle: str = "", connect: float = 5) -> bytes:
    endpoint = Endpoint(
        proxies=Proxies(explicit=proxy), ca_bundle=bundle, deadlines=Deadlines(connect=connect)
    )
    wire = Wire(endpoint)
    try:
        async with wire.send("POST", url, json={"q": 1}) as reply:
            assert reply.status == 200, reply.status
            return await reply.whole()
    finally:
        await wire.aclose()


@pytest.mark.parametrize("login", ["", "me:pa55word"], ids=["open", "with password"])
async def test_http_goes_through_an_http_proxy(login: str) -> None:
    async with serving(always(whole("ok"))) as server, http_proxy(login) as proxy:
        proxy.hosts[HIDDEN] = server.port
        at = f"{login}@" * bool(login)
        assert await through(f"http://{at}{proxy.place}", f"http://{HIDDEN}:81/x") == b"ok"
    assert proxy.first_lines == [f"POST http://{HIDDEN}:81/x HTTP/1.1"]
    assert "proxy-authorization" not in server.asked[0].headers or login


@pytest.mark.parametrize("login", ["", "me:pa55word"], ids=["open", "with password"])
async def test_https_goes_through_a_tunnel(login: str, certified: Certified, bundle: str) -> None:
    async with (
        serving(always(whole("ok")), tls=certified(HIDDEN)) as server,
        http_proxy(login, {}) as proxy,
    ):
        proxy.hosts[HIDDEN] = server.port
        at = f"{login}@" * bool(login)
        got = await through(f"http://{at}{proxy.place}", f"https://{HIDDEN}/", bundle=bundle)
    assert got == b"ok"
    assert proxy.first_lines == [f"CONNECT {HIDDEN}:443 HTTP/1.1"]
    assert "proxy-authorization" not in server.asked[0].headers


@pytest.mark.parametrize("scheme", ["socks5", "socks5h", "socks"])
@pytest.mark.parametrize("login", ["", "me:pa55word"], ids=["open", "with password"])
async def test_socks_proxies_find_the_name_themselves(
    scheme: str, login: str, certified: Certified, bundle: str
) -> None:
    at = f"{login}@" * bool(login)
    async with (
        serving(always(whole("ok")), tls=certified(HIDDEN)) as secure,
        serving(always(whole("ok"))) as plain,
        socks_proxy(login) as proxy,
    ):
        proxy.hosts[HIDDEN] = secure.port
        address = f"{scheme}://{at}{proxy.place}"
        assert await through(address, f"https://{HIDDEN}/", bundle=bundle) == b"ok"
        proxy.hosts[HIDDEN] = plain.port
        assert await through(address, f"http://{HIDDEN}/") == b"ok"
    assert proxy.targets == [f"{HIDDEN}:443", f"{HIDDEN}:80"]


@pytest.mark.parametrize("scheme", ["http", "socks5"])
@pytest.mark.parametrize("target", ["http", "https"])
@pytest.mark.parametrize("login", ["", "me:wr0ng"], ids=["no password", "wrong password"])
async def test_a_wrong_password_is_the_proxys_refusal_and_is_not_shown(
    scheme: str, target: str, login: str
) -> None:
    made = http_proxy if scheme == "http" else socks_proxy
    at = f"{login}@" * bool(login)
    async with made("me:pa55word") as proxy:
        if (scheme, target) == ("http", "http"):
            with pytest.raises(AssertionError, match="407"):  # a status, explained as such
                await through(f"{scheme}://{at}{proxy.place}", f"{target}://{HIDDEN}/")
            return
        with pytest.raises(ProxyError) as caught:
            await through(f"{scheme}://{at}{proxy.place}", f"{target}://{HIDDEN}/")
    assert caught.value.exit_code == 5
    assert proxy.place in caught.value.message
    assert "wr0ng" not in caught.value.message


async def test_a_target_that_a_socks_proxy_cannot_reach_is_told() -> None:
    async with socks_proxy() as proxy, serving(always(b"")) as gone:
        proxy.hosts[HIDDEN] = 1
        with pytest.raises(NetworkError, match=rf"cannot reach {HIDDEN}.*refused") as caught:
            await through(f"socks5://{proxy.place}", f"http://{HIDDEN}/")
    assert (caught.value.kind, caught.value.repeat) == ("network", "free")
    assert gone.connections == 0


@pytest.mark.parametrize("scheme", ["http", "socks5"])
async def test_a_proxy_that_is_not_there_may_be_tried_again_freely(scheme: str) -> None:
    async with http_proxy() as proxy:
        pass
    with pytest.raises(ProxyError, match="cannot connect to the proxy") as caught:
        await through(f"{scheme}://me:pa55word@{proxy.place}", "https://x.example/")
    assert caught.value.repeat == "free"
    assert "pa55word" not in caught.value.message


@pytest.mark.parametrize("scheme", ["http", "socks5"])
@pytest.mark.parametrize("reply", [b"", b"\x00\x00", b"HTTP/1.1 OK\r\n\r\n", b"\x05\x00\x05"])
async def test_a_proxy_that_babbles_is_the_proxys_fault(scheme: str, reply: bytes) -> None:
    async with babbling_proxy(reply) as proxy:
        with pytest.raises(ProxyError) as caught:
            await through(f"{scheme}://{proxy.place}", "https://x.example/")
    assert caught.value.exit_code == 5


@pytest.mark.parametrize("scheme", ["http", "socks5"])
async def test_a_proxy_that_says_nothing_ends_with_the_connect_deadline(scheme: str) -> None:
    async with silent_proxy() as proxy:
        with pytest.raises(Timeout, match=r"timed out connecting to x\.example through the proxy"):
            await through(f"{scheme}://{proxy.place}", "https://x.example/", connect=0.2)


async def test_a_bad_certificate_behind_a_tunnel_is_not_looked_at_past_the_proxy(
    certified: Certified,
) -> None:
    async with serving(always(whole("ok")), tls=certified()) as server, http_proxy() as proxy:
        with pytest.raises(TlsError, match="localhost") as caught:
            await through(f"http://{proxy.place}", server.url)
    assert "its certificate" not in caught.value.message


ENVIRONMENT = Proxies(
    http="http://plain:3128",
    https="secure:3129",
    no_proxy=(
        "direct.example", ".sub.example", "*.star.example", "10.0.0.0/8", "only.example:8443",
        "::1", "[fd00::5]:8443", "[fd01::]/16", "2001:0DB8:0::1", "dotted.example.",
    ),
)  # fmt: skip


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://x.example/", "http://plain:3128"),
        ("https://x.example/", "http://secure:3129"),
        ("https://direct.example/", ""),
        ("https://DIRECT.example/", ""),
        ("https://a.direct.example/", ""),
        ("https://notdirect.example/", "http://secure:3129"),
        ("https://sub.example/", ""),
        ("https://a.sub.example/", ""),
        ("https://a.star.example/", ""),
        ("https://10.1.2.3/", ""),
        ("https://11.1.2.3/", "http://secure:3129"),
        ("https://only.example:8443/", ""),
        ("https://only.example/", "http://secure:3129"),
        ("https://[::1]/", ""),
        ("https://[fd00::5]:8443/", ""),
        ("https://[fd00::5]/", "http://secure:3129"),
        ("https://[fd01::7]/", ""),
        ("https://[2001:db8::1]/", ""),
        ("https://[2001:db8::2]/", "http://secure:3129"),
        ("https://dotted.example/", ""),
        ("https://direct.example./", ""),
    ],
)
def test_the_environments_proxies_and_their_exceptions(url: str, expected: str) -> None:
    assert proxy_for(url, ENVIRONMENT) == expected


def test_an_explicit_proxy_wins_over_everything_and_a_star_excepts_all() -> None:
    star = Proxies(https="http://secure:3129", no_proxy=("*",))
    assert proxy_for("https://x.example/", star) == ""
    explicit = Proxies(explicit="socks://p:1080", no_proxy=("*",))
    assert proxy_for("https://x.example/", explicit) == "socks5://p:1080"


@pytest.mark.parametrize(
    "address",
    [
        "ftp://u:pa55word@x:1",
        "socks4://x:1",
        "http://",
        "http://x:99999",
        "http://x:0",
        "http://[::1",
    ],
)
def test_what_is_no_proxy_address_is_a_setting(address: str) -> None:
    with pytest.raises(ConfigError, match="not a proxy URL") as caught:
        checked(address)
    assert "pa55word" not in caught.value.message
