"""Passwords and keys in quotes, and what only looks like them."""

from __future__ import annotations

import pytest

from llmchat.privacy.secrets import secrets_in

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
