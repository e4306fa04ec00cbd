"""Finds secrets in a text by their form."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator

from llmchat.language import msg
from llmchat.privacy.literals import has_literal

# Each with a name people know. They must rarely match ordinary prose, and take linear time:
# repetitions are bounded, or possessive (`++`) from the beginning of a run, because Ctrl-C cannot
# interrupt a search of 400 kB.
PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (msg("a private key"), re.compile(r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----")),
    (
        msg("an API key"),  # of most services, and of Groq, xAI, Yandex and Z.ai
        re.compile(
            r"\b(?:(?:sk|pk|rk)-(?:[A-Za-z0-9]{1,20}-){0,4}[A-Za-z0-9_]{20}"
            r"|gsk_[A-Za-z0-9]{40}|xai-[A-Za-z0-9]{40}|AQVN[\w-]{30}"
            r"|[0-9a-f]{32}\.[A-Za-z0-9]{16}\b)"
        ),
    ),
    (msg("a GitHub token"), re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_\w{30,})")),
    (msg("a GitLab token"), re.compile(r"\bglpat-[\w-]{20,}")),
    (msg("a Slack token"), re.compile(r"\bxox[abposr]-[A-Za-z0-9-]{10,}")),
    (msg("an AWS key"), re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b")),
    (msg("a Google key"), re.compile(r"\bAIza[\w-]{35}")),
    (msg("a Hugging Face token"), re.compile(r"\bhf_[A-Za-z0-9]{30,}")),
    (msg("an npm or PyPI token"), re.compile(r"\b(?:npm_[A-Za-z0-9]{30,}|pypi-[\w-]{40,})")),
    (msg("a Telegram bot token"), re.compile(r"\b\d{8,10}:[A-Za-z0-9_-]{35}\b")),
    (msg("an access token"), re.compile(r"(?<![\w-])eyJ[\w-]{10,}+\.[\w-]{10,}+\.")),
    (msg("a bearer token"), re.compile(r"(?i)\bauthorization:\s*(?:bearer|basic)\s+\S{16,}")),
    (msg("a password in a URL"), re.compile(r"(?<=[a-z0-9+.-])://[^\s/:@]++:[^\s/@]{3,}+@")),
    (
        msg("a line of an .env file"),
        re.compile(
            r"(?m)^[ \t]*+(?:export[ \t]++)?[A-Z](?=[A-Z0-9_]*"
            r"(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|PWD|CREDENTIALS?|DSN))[A-Z0-9_]*+[ \t]*+="
            r"[ \t]*+[\"']?[^\s\"'$<]{6}"
        ),
    ),
)
BASE64 = re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{60,120}={0,2}(?![A-Za-z0-9+/=])")
UUID_PAIR = re.compile(r"[0-9a-f-]{36}:[0-9a-f-]{36}", re.IGNORECASE)


def secrets_in(text: str) -> tuple[str, ...]:
    """The kinds of secrets that the text seems to contain, each once."""
    return tuple(dict.fromkeys(_found(text)))


def _found(text: str) -> Iterator[str]:
    for name, pattern in PATTERNS:
        if pattern.search(text):
            yield name
    for match in BASE64.finditer(text):
        if _is_gigachat_key(match[0]):
            yield msg("a GigaChat key")
    if has_literal(text):
        yield msg("a password or key in quotes")


def _is_gigachat_key(text: str) -> bool:
    """Whether it is base64 of two UUIDs with a colon between them."""
    try:
        plain = base64.b64decode(text + "=" * (-len(text) % 4)).decode("ascii")
    except ValueError:
        return False
    return UUID_PAIR.fullmatch(plain) is not None
