"""The Russian root: its pin, and that nobody but GigaChat's own hosts gets it."""

from __future__ import annotations

import ssl
from hashlib import sha256
from pathlib import Path

import pytest
import trustme

from llmchat.errors import StorageError
from llmchat.providers import NAMES, load
from llmchat.root_certificate import (
    GIGACHAT_HOSTS,
    RUSSIAN_ROOT_SHA256,
    fingerprints,
    is_russian_root,
    roots_for_gigachat,
    russian_root,
)
from llmchat.transport.tls import trusting_context

CONTRACT = (
    "D2:6D:2D:02:31:B7:C3:9F:92:CC:73:85:12:BA:54:10:"
    "35:19:E4:40:5D:68:B5:BD:70:3E:97:88:CA:8E:CF:31"
)


@pytest.fixture(scope="module")
def company() -> str:
    return trustme.CA().cert_pem.bytes().decode()


def test_the_pin_is_the_published_fingerprint() -> None:
    assert CONTRACT.replace(":", "").lower() == RUSSIAN_ROOT_SHA256


def test_the_shipped_certificate_has_the_pinned_fingerprint() -> None:
    der = ssl.PEM_cert_to_DER_cert(russian_root().strip())
    assert sha256(der).hexdigest() == RUSSIAN_ROOT_SHA256


@pytest.mark.parametrize("damage", ["", "not a certificate", "-----BEGIN CERTIFICATE-----\n%%%"])
def test_anything_else_in_its_place_is_refused(tmp_path: Path, damage: str) -> None:
    (tmp_path / "root.pem").write_text(damage)
    with pytest.raises(StorageError, match="not trusted"):
        russian_root(tmp_path / "root.pem")


def test_another_certificate_in_its_place_is_refused(tmp_path: Path, company: str) -> None:
    (tmp_path / "root.pem").write_text(company)
    with pytest.raises(StorageError, match="not trusted"):
        russian_root(tmp_path / "root.pem")
    assert not is_russian_root(russian_root() + company)


def test_an_unreadable_certificate_has_no_fingerprint() -> None:
    assert fingerprints("-----BEGIN CERTIFICATE-----\n*\n-----END CERTIFICATE-----") == ("",)


def test_only_gigachats_own_hosts_get_the_root() -> None:
    assert roots_for_gigachat("api.giga.chat") == (russian_root(),)
    assert roots_for_gigachat("API.Giga.Chat.") == (russian_root(),)
    assert roots_for_gigachat("chatglm.cn") == ()
    assert roots_for_gigachat("evil.api.giga.chat") == ()
    assert roots_for_gigachat("api.giga.chat.evil.example") == ()


def test_the_pinned_root_is_for_three_hosts() -> None:
    assert sorted(GIGACHAT_HOSTS) == [
        "api.giga.chat",
        "gigachat.devices.sberbank.ru",
        "ngw.devices.sberbank.ru",
    ]


@pytest.mark.parametrize("name", [name for name in NAMES if name != "gigachat"])
def test_no_other_provider_trusts_the_root_for_any_host(name: str) -> None:
    provider = load(name)(name=name)
    assert [host for host in (*GIGACHAT_HOSTS, "chatglm.cn") if provider.trust(host)] == []


def test_the_root_is_in_no_context_but_that_of_its_own_hosts() -> None:
    russian = trusting_context([russian_root()]).get_ca_certs(binary_form=True)
    usual = trusting_context().get_ca_certs(binary_form=True)
    assert RUSSIAN_ROOT_SHA256 in [sha256(der).hexdigest() for der in russian]
    assert RUSSIAN_ROOT_SHA256 not in [sha256(der).hexdigest() for der in usual]
