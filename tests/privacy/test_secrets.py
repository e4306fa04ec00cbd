"""What looks like a secret and what does not."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmchat.privacy.secrets import secrets_in

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
# As the services write them; parts of them are made up.
KEYS = {
    "openai": "sk-proj-" + "a1B2" * 30,
    "anthropic": "sk-ant-api03-" + "a1B2" * 23,
    "openrouter": "sk-or-v1-" + "a1b2" * 16,
    "groq": "gsk_" + "a1B2" * 13,
    "xai": "xai-" + "a1B2" * 20,
    "yandex": "AQVN" + "a1-B2" * 7,
    "zai": "a1b2" * 8 + "." + "a1B2" * 4,
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
    "app.0123456789abcdef0123456789abcdef.bundle.js",
)


@pytest.mark.parametrize(("name", "text"), SECRETS.items(), ids=SECRETS)
def test_each_kind_is_found_anywhere(name: str, text: str) -> None:
    for around in (text, f"please look:\n{text}\nthanks"):
        assert name in secrets_in(around)


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_the_key_of_a_preset_is_found(key: str) -> None:
    assert secrets_in(f"please look:\n{key}\nthanks") == ("an API key",)


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_words_are_no_secret(text: str) -> None:
    assert secrets_in(text) == ()


@settings(max_examples=100)
@given(st.text(alphabet=st.characters(categories=["L", "Zs", "Po"], exclude_characters=":/@")))
def test_prose_is_no_secret(text: str) -> None:
    assert "a GigaChat key" not in secrets_in(text)


def test_a_kind_is_named_once() -> None:
    assert secrets_in(f"{SECRETS['an AWS key']} {SECRETS['an AWS key']}") == ("an AWS key",)
