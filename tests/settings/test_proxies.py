"""Which proxy a request takes."""

from __future__ import annotations

import pytest

from llmchat.errors import ConfigError
from llmchat.settings.sources import resolve_proxies
from llmchat.settings.values import Origin, Setting
from llmchat.values.endpoint import Proxies


def explicit(url: str) -> Setting:
    return Setting("proxy", url, Origin("flag", "--proxy") if url else Origin("default"))


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, Proxies()),
        ({"HTTPS_PROXY": "http://p:1"}, Proxies(https="http://p:1")),
        ({"https_proxy": "http://l:1", "HTTPS_PROXY": "http://u:1"}, Proxies(https="http://l:1")),
        ({"http_proxy": "p:3128"}, Proxies(http="http://p:3128")),
        ({"ALL_PROXY": "socks://p:1"}, Proxies(http="socks5://p:1", https="socks5://p:1")),
        (
            {"all_proxy": "SOCKS5H://p:1", "HTTP_PROXY": "http://q"},
            Proxies(http="http://q", https="socks5h://p:1"),
        ),
        ({"HTTP_PROXY": "http://evil", "REQUEST_METHOD": "GET"}, Proxies()),
        (
            {"NO_PROXY": "a.example, .b.example\tc"},
            Proxies(no_proxy=("a.example", ".b.example", "c")),
        ),
        ({"no_proxy": "*", "NO_PROXY": "x"}, Proxies(no_proxy=("*",))),
    ],
)
def test_the_environment_names_proxies(environ: dict[str, str], expected: Proxies) -> None:
    assert resolve_proxies(explicit(""), environ) == expected


def test_our_own_setting_stands_beside_the_environments() -> None:
    found = resolve_proxies(explicit("socks://a:b@p:1"), {"http_proxy": "http://q"})
    assert found == Proxies(explicit="socks5://a:b@p:1", http="http://q")


def test_none_goes_past_every_proxy() -> None:
    assert resolve_proxies(explicit("none"), {"ALL_PROXY": "http://p"}) == Proxies()


@pytest.mark.parametrize("url", ["ftp://p", "socks4://p:1", "http://", "http:///", "http://u:p@"])
def test_an_address_that_is_no_proxy_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(ConfigError, match=r"^ALL_PROXY: not a proxy URL \(use http") as caught:
        resolve_proxies(explicit(""), {"ALL_PROXY": url})
    assert "u:p" not in str(caught.value)
