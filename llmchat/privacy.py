"""Finds secrets in a text, and introduces a keyless service before its first use."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from llmchat.errors import StorageError
from llmchat.language import msg
from llmchat.system.opening import ROTTEN, read_regular

# Each names what a person would call it. They are meant to be rarely wrong in ordinary prose, and
# take a time that grows with the text: what repeats is bounded, or taken whole (`++`) from the
# beginning of its run, because a search of 400 kB hears no Ctrl-C.
PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (msg("a private key"), re.compile(r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----")),
    (msg("an API key"), re.compile(r"\b(?:sk|pk|rk)-(?:[A-Za-z]{1,20}-){0,4}[A-Za-z0-9_]{20}")),
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
LARGEST_FILE = 64 * 1024  # of names of services
BASE64 = re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{60,120}={0,2}(?![A-Za-z0-9+/=])")
UUID_PAIR = re.compile(r"[0-9a-f-]{36}:[0-9a-f-]{36}", re.IGNORECASE)


def secrets_in(text: str) -> tuple[str, ...]:
    """What in the text looks like a secret, each kind once."""
    return tuple(dict.fromkeys(_found(text)))


def _found(text: str) -> Iterator[str]:
    for name, pattern in PATTERNS:
        if pattern.search(text):
            yield name
    for match in BASE64.finditer(text):
        if _is_gigachat_key(match[0]):
            yield msg("a GigaChat key")


def _is_gigachat_key(text: str) -> bool:
    """base64 of two UUIDs with a colon between."""
    try:
        plain = base64.b64decode(text + "=" * (-len(text) % 4)).decode("ascii")
    except ValueError:
        return False
    return UUID_PAIR.fullmatch(plain) is not None


def introduction(provider: str, operator: str) -> str:
    """The line before the first use of a keyless service."""
    return msg(
        "{provider} is a third-party website run by {operator}. It can read and keep "
        "what you send, and may stop working.",
        provider=provider,
        operator=operator or msg("an unknown operator"),
    )


class Introductions:
    """Which services were introduced already; a file that cannot be kept means once a run."""

    def __init__(self, path: Path, tell: Callable[[str], object] = str) -> None:
        self._path = path
        self._tell = tell

    def is_new(self, provider: str) -> bool:
        try:
            return provider not in _read(read_regular(self._path, LARGEST_FILE))
        except ROTTEN:
            from llmchat.store.damaged_files import set_aside  # only then

            set_aside(self._path, self._tell)
        except OSError:
            pass
        return True

    def remember(self, provider: str) -> None:
        from llmchat.store.private.files import change_private  # once for each service

        def added(kept: bytes | None) -> bytes:
            return json.dumps(sorted({*_names(kept or b""), provider})).encode()

        with suppress(StorageError):
            change_private(self._path, added)


def _names(kept: bytes) -> list[str]:
    try:
        return _read(kept)
    except ROTTEN:
        return []


def _read(kept: bytes) -> list[str]:
    names = json.loads(kept)
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError("not a list of names")
    return names
