"""A password in an address is never shown, and an address without one is shown whole."""

from __future__ import annotations

import pytest

from llmchat.values.urls import is_web_address, masked_url, place_of, userinfo_of, without_userinfo


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://me:pw@host:1/x", "http://***@host:1/x"),
        ("http://me@host/x", "http://***@host/x"),
        ("socks5://me:p@ss@host:1/x", "socks5://***@host:1/x"),
        ("http://me:p/w@host:3128", "http://***@host:3128"),
        ("http://me:12/34@host:3128", "http://***@host:3128"),
        ("http://me:/w@host:3128", "http://***@host:3128"),
        ("http://me:p@s/s@host", "http://***@host"),
        ("http://me:pw/@host", "http://***@host"),
        ("http://me:p?w@host", "http://***@host"),
        ("http://me:p#w@host/", "http://***@host/"),
        ("http://me:a://b@host", "http://***@host"),
        ("http://me:pw@[::1]:8080/x", "http://***@[::1]:8080/x"),
        ("https://me:pw@host/v1/@me/x", "https://***@host/v1/@me/x"),
        ("me:pw@proxy:3128", "***@proxy:3128"),
        ("//me:pw@host/x", "//***@host/x"),
        ("http:/me:pw@host/x", "***@host/x"),
        ("http://me:pw＠host/x", "http://***@host/x"),
        ("http://me：pw@host/x", "http://***@host/x"),
        ("https:///me:pw@host/x", "https:///***@host/x"),
        ("file:///me:pw@host/x", "file:///***@host/x"),
        ("https//me:pw@host/x", "https//***@host/x"),
        ("https://me:p w@host/x", "https://***@host/x"),
    ],
)
def test_name_and_password_are_masked(url: str, shown: str) -> None:
    assert masked_url(url) == shown
    assert without_userinfo(url) == shown.replace("***@", "")


def test_a_key_in_the_query_is_masked() -> None:
    url = "https://me:pw@host/v1?api-version=2&api_key=canary&sig_token=canary#token=canary"
    masked = "host/v1?api-version=2&api_key=***&sig_token=***#token=***"
    assert (masked_url(url), without_userinfo(url)) == (
        f"https://***@{masked}",
        f"https://{masked}",
    )


@pytest.mark.parametrize(
    "url",
    [
        "https://host/x/@me/y",
        "file:///home/me/a@b",
        "https://host/users/a@b.com",
        "https://host/?mail=a@b.com",
        "http://host:8080/x/@me/y",
        "http://[::1]:8080/v1/@me",
        "http://[::1]/a@b",
        "proxy.example:3128",
        "none",
        "",
    ],
)
def test_an_address_without_a_password_stays_as_it_is(url: str) -> None:
    assert masked_url(url) == without_userinfo(url) == url


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("https://me:pass@host:1/x?key=1", "host:1"),
        ("https://me:p/ss@host:1/x", "host:1"),
        ("https://host", "host"),
        ("http://[::1]:80/x", "[::1]:80"),
        ("http://[::1", "[::1"),
    ],
)
def test_the_place_is_host_and_port(url: str, place: str) -> None:
    assert place_of(url) == place


@pytest.mark.parametrize(
    ("text", "usable"),
    [
        ("https://host/v1", True),
        ("http://[::1]:8080", True),
        ("http://[::1", False),
        ("https://", False),
        ("https://host:port", False),
        ("https://host:99999", False),
        ("https://a b", False),
        ("host/v1", False),
        ("ftp://host", False),
    ],
)
def test_an_address_can_be_asked_or_not(text: str, usable: bool) -> None:
    assert is_web_address(text) is usable


@pytest.mark.parametrize(
    ("url", "account"),
    [
        ("http://ann:pa/ss@proxy:3128", "ann:pa/ss"),
        ("ann:p@ss@proxy:3128", "ann:p@ss"),
        ("https://proxy:3128/@me", ""),
        ("", ""),
    ],
)
def test_the_account_in_an_address_is_what_is_masked(url: str, account: str) -> None:
    assert userinfo_of(url) == account
