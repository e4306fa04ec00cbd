"""A company's key: a certificate in the settings, and a service that lets nobody else in."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives import serialization

from tests.cli.gigachat.conftest import environment
from tests.servers.gigachat import CHAT, OAUTH, StrictGigaChat, server_context
from tests.shell import Shell

PASSWORD = "key-passw0rd-canary"
SETTINGS = f"""[providers.gigachat]
client_cert = "client.pem"
client_key = "client.key"
client_key_password_command = "echo {PASSWORD}"
"""


@pytest.fixture
def guarded(authority: trustme.CA, ca_file: Path) -> Iterator[StrictGigaChat]:
    context = server_context(authority)
    context.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(context)
    with StrictGigaChat(context, ca_file).running() as running:
        running.by_certificate = True
        yield running


@pytest.fixture
def bank(authority: trustme.CA, guarded: StrictGigaChat, tmp_path: Path) -> Shell:
    """The address of a service, and files for its certificate beside the settings."""
    shell = Shell(tmp_path, environment(guarded, tmp_path / "home"))
    shell.home.mkdir()
    issued = authority.issue_cert("person@bank.example")
    chain = b"".join(pem.bytes() for pem in issued.cert_chain_pems)
    (shell.home / "client.pem").write_bytes(chain)
    loaded = serialization.load_pem_private_key(issued.private_key_pem.bytes(), None)
    sealed = serialization.BestAvailableEncryption(PASSWORD.encode())
    form = serialization.PrivateFormat.PKCS8
    pem = loaded.private_bytes(serialization.Encoding.PEM, form, sealed)
    (shell.home / "client.key").write_bytes(pem)
    return shell


def test_the_settings_file_names_files_beside_it_and_a_command_for_the_password(
    bank: Shell, guarded: StrictGigaChat
) -> None:
    (bank.home / "config.toml").write_text(SETTINGS)
    ended = bank("ask", "Hi")  # `auto` takes the certificate for a sign-in
    assert (ended.code, ended.out) == (0, "Привет!\n")
    assert "Authorization" not in guarded.to(CHAT)[0].headers
    assert guarded.to(OAUTH) == []
    assert PASSWORD not in bank("config", "list", "--json").out.replace(f"echo {PASSWORD}", "")
    assert bank("auth", "status").code == 0
    doctor = bank("doctor", "gigachat", "--live")
    assert "signed in without a key" in doctor.out


def test_signing_in_asks_for_no_key_where_the_certificate_is_enough(
    bank: Shell, guarded: StrictGigaChat
) -> None:
    (bank.home / "config.toml").write_text(SETTINGS)
    ended = bank("auth", "gigachat")
    assert (ended.code, guarded.to(OAUTH)) == (0, [])
    said = "Signed in to gigachat without a key (config.toml line 2)."
    assert ended.out.splitlines()[0] == said
    assert "GigaChat-2" in ended.out


def test_the_variables_of_the_sdk_name_them_too(bank: Shell, guarded: StrictGigaChat) -> None:
    bank.environ |= {
        "GIGACHAT_CERT_FILE": str(bank.home / "client.pem"),
        "GIGACHAT_KEY_FILE": str(bank.home / "client.key"),
        "GIGACHAT_KEY_FILE_PASSWORD": PASSWORD,
    }
    assert bank("ask", "-p", "gigachat", "Hi").out == "Привет!\n"
    assert PASSWORD not in bank("config", "list", "--json").out


def test_a_wrong_password_is_a_setting_at_fault_and_asks_nobody(bank: Shell) -> None:
    bank.environ |= {
        "GIGACHAT_CERT_FILE": str(bank.home / "client.pem"),
        "GIGACHAT_KEY_FILE": str(bank.home / "client.key"),
        "GIGACHAT_KEY_FILE_PASSWORD": "wrong-passw0rd",
    }
    ended = bank("ask", "-p", "gigachat", "Hi")
    assert ended.code == 3
    assert "client certificate" in ended.err
    assert "wrong-passw0rd" not in ended.text


def test_without_a_certificate_the_way_ends(bank: Shell) -> None:
    bank.environ["GIGACHAT_ACCESS_TOKEN"] = "eyJ-ready-canary"
    assert bank("ask", "-p", "gigachat", "Hi", "--timeout", "5").code == 5
