"""What looks like a secret and what does not; who was introduced."""

from __future__ import annotations

import base64
import stat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmchat.privacy import Introductions, introduction, secrets_in

UUID = "0a1b2c3d-0000-4000-8000-000000000000"
SECRETS = {
    "a private key": "x\n-----BEGIN RSA PRIVATE KEY-----\nMII",
    "an API key": "key sk-proj-abcdefghijklmnopqrstuv",
    "a GitHub token": "ghp_" + "a1" * 18,
    "a GitLab token": "glpat-abcdefghij0123456789",
    "a Slack token": "xoxb-1234567890-abc",
    "an AWS key": "AKIAIOSFODNN7EXAMPLE",
    "a Google key": "AIza" + "b" * 35,
    "a Hugging Face token": "hf_" + "c" * 34,
    "an npm or PyPI token": "npm_" + "d" * 36,
    "a Telegram bot token": "123456789:" + "e" * 35,
    "an access token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl",
    "a bearer token": "authorization: Bearer 0123456789abcdefg",
    "a password in a URL": "postgres://me:hunter2@db/x",
    "a line of an .env file": "export DB_PASSWORD='hunter2hunter2'",
    "a password or key in quotes": "password = 'S3cr3t!Tulip'",
    "a GigaChat key": base64.b64encode(f"{UUID}:{UUID}".encode()).decode(),
}
ORDINARY = (
    "How do I write a binary search in Python?",
    "My password is too long to remember, what should I do?",
    "Explain -----BEGIN CERTIFICATE----- blocks",
    "What does AKIA mean? And hf_ or ghp_?",
    "PASSWORD=$SECRET_FROM_VAULT",
    "API_KEY=<your key>",
    "https://example.org/path?x=1#y and mailto:me@example.org",
    "http://localhost:8080/a@b",
    "sk-learn and risk-averse-people-of-this-world",
    "The token limit is 4096; tokens = words * 1.3",
    "d2hhdCBpcyB0aGlz" * 5,
    "Что такое ключ шифрования? 什么是密钥？",
    "commit 0123456789abcdef0123456789abcdef01234567",
)


@pytest.mark.parametrize(("name", "text"), SECRETS.items(), ids=SECRETS)
def test_each_kind_is_found_anywhere(name: str, text: str) -> None:
    for around in (text, f"please look:\n{text}\nthanks"):
        assert name in secrets_in(around)


LITERALS = (
    'db_password = "hunter2hunter2"',
    '  "api_key": "q8f7e6d5c4b3a2",',
    '{\\"client_secret\\": \\"q8f7e6d5c4b3a2\\"}',
    "config['token'] = 'q8f7e6d5c4b3a2'",
    'password: str = "Tr0ub4dor&3x"',
    "const password: string = `Tr0ub4dor&3x`;",
    'var password string = "Tr0ub4dor&3x"',
    'password := "Tr0ub4dor&3x"',
    "'password' => 'Tr0ub4dor&3x',",
    'if password == "Tr0ub4dor&3x":',
    'connect(user="anna", passwd="Tr0ub4dor&3x")',
    'SMTP_PASS: "Tr0ub4dor&3x"',
    'aws_secret_access_key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCY"',
    "settings.SECRET_KEY = 'django-insecure-8#k2!vq'",
    'secret = b"0a1b2c3d-7788-4eef-9a9b-c0d1e2f30415"',
    'Пароль: "Tr0ub4dor&3x"',
)
NO_LITERALS = (
    'password = "changeme1!"',
    'password = "your-password-here1"',
    'password = "<your password2>"',
    'api_key = os.environ["DB_API_KEY2"]',
    'api_key = os.getenv("API_KEY_2", "")',
    'password = "${DB_PASSWORD_2}"',
    'password = "$DB_PASSWORD_2"',
    'password: "{{ vault_db_password2 }}"',
    'password: "{{vault_db_password2}}"',
    'api_key = "sk-xxxxxxxxxxxx1"',
    'token = "****************1a"',
    'password = "password123"',
    'password = "test_password_1"',
    'password = getpass("Your password 2? ")',
    'password = "a sentence about 7 passwords"',
    'secret_name = "billing-2024-q8f7e6d5"',
    'token_url = "https://id.example/oauth2/token"',
    'secret = "projects/p1/secrets/db/versions/3"',
    'secret: "my-app-secret-v2"',
    'next_page_token = "CAUQAA9x8y"',
    'eos_token = "<|im_end2|>"',
    'password_field = "input-Pass1x"',
    'tokens = ["S3cr3t!Tulip"]',
    'type="password" value="S3cr3t!Tulip"',
    'href="#keys-and-credentials" id="dep0010-a1b2c3"',
    'password = "12345678"',
    'password = "short1!"',
    'password = "aaaaaaa1aaa1"',
    'const token = "identifier";',
)


@pytest.mark.parametrize("text", LITERALS)
def test_a_literal_with_a_name_that_tells_is_found(text: str) -> None:
    assert secrets_in(f"def login():\n    {text}\n") == ("a password or key in quotes",)


@pytest.mark.parametrize("text", NO_LITERALS)
def test_placeholders_references_and_other_names_are_no_secret(text: str) -> None:
    assert secrets_in(f"def login():\n    {text}\n") == ()


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_words_are_no_secret(text: str) -> None:
    assert secrets_in(text) == ()


@settings(max_examples=100)
@given(st.text(alphabet=st.characters(categories=["L", "Zs", "Po"], exclude_characters=":/@")))
def test_prose_is_no_secret(text: str) -> None:
    assert "a GigaChat key" not in secrets_in(text)


def test_a_kind_is_named_once() -> None:
    assert secrets_in(f"{SECRETS['an AWS key']} {SECRETS['an AWS key']}") == ("an AWS key",)


def test_an_introduction_names_the_operator() -> None:
    line = introduction("yqcloud", "Example Ltd")
    assert "yqcloud" in line
    assert "Example Ltd" in line
    assert "unknown operator" in introduction("x", "")


def test_each_service_is_introduced_once(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "notices.json"
    seen = Introductions(path)
    assert (seen.is_new("a"), seen.is_new("b")) == (True, True)
    seen.remember("a")
    again = Introductions(path)
    assert (again.is_new("a"), again.is_new("b")) == (False, True)
    again.remember("b")
    assert not Introductions(path).is_new("a")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("kept", [b"", b"{", b"{}", b"[1, null]", b"\xff\xfe"])
def test_a_broken_list_introduces_again(tmp_path: Path, kept: bytes) -> None:
    path = tmp_path / "notices.json"
    path.write_bytes(kept)
    seen = Introductions(path)
    assert seen.is_new("a")
    seen.remember("a")
    assert not seen.is_new("a")


def test_a_list_that_cannot_be_kept_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    seen = Introductions(tmp_path / "file" / "notices.json")
    seen.remember("a")
    assert seen.is_new("a")
