"""Roots by host: the pinned one for GigaChat's own hosts, a company's for its own, else none."""

from __future__ import annotations

import ssl
from hashlib import sha256
from pathlib import Path

import pytest
import trustme

from llmchat.errors import ConfigError, StorageError
from llmchat.trust import (
    GIGACHAT_HOSTS,
    RUSSIAN_ROOT_SHA256,
    Roots,
    company_roots,
    fingerprints,
    is_russian_root,
    russian_root,
)

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


def test_a_host_gets_its_own_roots_and_no_others() -> None:
    trust = Roots((("api.giga.chat", ("russian",)), ("gateway.example", ("company",))))
    assert trust("api.giga.chat") == ("russian",)
    assert trust("API.Giga.Chat.") == ("russian",)
    assert trust("gateway.example") == ("company",)
    assert trust("chatglm.cn") == ()
    assert trust("evil.api.giga.chat") == ()
    assert trust("api.giga.chat.evil.example") == ()


def test_the_pinned_root_is_for_three_hosts() -> None:
    assert sorted(GIGACHAT_HOSTS) == [
        "api.giga.chat",
        "gigachat.devices.sberbank.ru",
        "ngw.devices.sberbank.ru",
    ]


def test_a_company_bundle_is_a_file_with_any_number_of_roots(tmp_path: Path, company: str) -> None:
    second = trustme.CA().cert_pem.bytes().decode()
    (tmp_path / "both.pem").write_text(f"# ours\n{company}\n# and theirs\n{second}")
    roots = company_roots(str(tmp_path / "both.pem"), provider="gigachat")
    assert fingerprints("".join(roots)) == fingerprints(company) + fingerprints(second)


def test_a_company_bundle_may_be_a_folder(tmp_path: Path, company: str) -> None:
    (tmp_path / "one.crt").write_text(company)
    (tmp_path / "readme.txt").write_text("not a certificate")
    assert len(company_roots(str(tmp_path), provider="gigachat")) == 1


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("", "no PEM certificate"),
        ("-----BEGIN PRIVATE KEY-----\n", "private key"),
        ("-----BEGIN TRUSTED CERTIFICATE-----\n", "TRUSTED form"),
        ("-----BEGIN CERTIFICATE-----\nMAo=\n-----END CERTIFICATE-----", "damaged certificate"),
        ("-----BEGIN CERTIFICATE-----\nfoo bar\n-----END CERTIFICATE-----", "damaged certificate"),
    ],
)
def test_a_bad_bundle_is_a_configuration_error(
    tmp_path: Path, content: str, complaint: str
) -> None:
    (tmp_path / "bad.pem").write_text(content)
    with pytest.raises(ConfigError, match=complaint) as caught:
        company_roots(str(tmp_path / "bad.pem"), provider="gigachat")
    assert "providers.gigachat.ca_bundle" in caught.value.hint
    assert caught.value.exit_code == 3


def test_a_missing_bundle_or_an_empty_folder_is_a_configuration_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        company_roots(str(tmp_path / "none.pem"), provider="openai")
    with pytest.raises(ConfigError, match="folder without"):
        company_roots(str(tmp_path), provider="openai")


def test_an_enormous_bundle_is_refused(tmp_path: Path) -> None:
    with open(tmp_path / "big.pem", "wb") as file:
        file.truncate(9 * 1024 * 1024)
    with pytest.raises(ConfigError, match="too large"):
        company_roots(str(tmp_path / "big.pem"), provider="openai")
