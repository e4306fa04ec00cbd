"""Every spelling of this machine and of private networks."""

from __future__ import annotations

import pytest

from llmchat.app.ask.input.pages import PageGuard
from llmchat.errors import NetworkError
from llmchat.transport.addresses import is_public, seems_public
from llmchat.values.endpoint import Proxies

PRIVATE = [
    *("127.0.0.1", "127.1", "0x7f000001", "0x7f.1", "017700000001", "2130706433", "0", "0.0.0.0"),
    *("localhost", "localhost.", "LOCALHOST", "a.localhost", "127.0.0.1.", "printer.local"),
    *("10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "224.0.0.1"),
    *(
        "::1",
        "::",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "fe80::1",
        "fd00:ec2::254",
        "64:ff9b::7f00:1",
    ),
    *("2002:7f00:1::", "metadata.google.internal", ""),
    *("::127.0.0.1", "::ffff:0:127.0.0.1", "64:ff9b:1::7f00:1", "fec0::1", "::2", "3fff::1"),
    *("192.0.0.192", "192.88.99.1", "168.63.129.16", "127.0.0.1。", "localhost。", "１２７.0.0.1"),
    *(
        "metadata",
        "intranet",
        "metadata.goog",
        "router.lan",
        "x.home.arpa",
        "kubernetes.default.svc",
    ),
    *("ⓛocalhost", "x.loc\u00adal", "127.0.0.1%00.example", "a b.example"),
]


@pytest.mark.parametrize("host", PRIVATE)
def test_private_ones(host: str) -> None:
    assert not seems_public(host)
    with pytest.raises(NetworkError, match="redirects to this machine"):
        PageGuard("public.example").follow(
            f"http://[{host}]/" if ":" in host else f"http://{host}/"
        )


PUBLIC = ["1.1.1.1", "2606:4700:4700::1111", "example.org", "134744072", "::ffff:8.8.8.8"]
PUBLIC += ["64:ff9b::808:808", "пример.рф", "münchen.de", "日本語。jp", "a_b.example.com."]


@pytest.mark.parametrize("host", PUBLIC)
def test_public_ones(host: str) -> None:
    assert seems_public(host)


@pytest.mark.parametrize("address", ["127.0.0.1", "::ffff:169.254.169.254", "fe80::1%eth0", "junk"])
def test_what_was_connected_to_counts_whatever_its_name(address: str) -> None:
    assert not is_public(address)
    guard = PageGuard("public.example")
    guard.connected("1.1.1.1")
    guard.follow("http://public.example/next")  # whose name has another address by now
    with pytest.raises(NetworkError):
        guard.connected(address)


def test_what_a_person_typed_may_lead_to_itself_only() -> None:
    guard = PageGuard("127.0.0.1")
    guard.connected("127.0.0.1")
    guard.follow("http://127.0.0.1:8000/b")
    guard.connected("127.0.0.1")
    with pytest.raises(NetworkError):
        guard.follow("http://192.168.0.1/")


def test_a_name_is_resolved_where_a_proxy_connects() -> None:
    """Nothing is seen of the address then; a name that only the proxy knows is left to it."""
    known = {"rebound.example": ["1.1.1.1", "127.0.0.1"], "page.example": ["1.1.1.1"]}
    proxies = Proxies(explicit="http://proxy.example:3128")
    guard = PageGuard("public.example", proxies, lookup=lambda name: known.get(name, []))
    guard.follow("http://page.example/")
    guard.follow("http://known-to-the-proxy.example/")
    with pytest.raises(NetworkError):
        guard.follow("http://rebound.example/")
