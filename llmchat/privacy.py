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
# `password = "..."`, `"api_key": "..."`, `config['token'] = '...'`, `secret: str = "..."`: the sign
# and a literal without a space are looked for, because they are rare; then the name before them.
LITERAL = re.compile(
    r"[:=]{1,3}>?[ \t]{0,20}[bru@]{0,2}"
    r"\\?(?P<quote>[\"'`])(?P<value>[^\s\"'`]{8,200}?)\\?(?P=quote)"
)
NAME = re.compile(
    r"(?:password|passwd|passphrase|pwd|secret|token|credentials?|пароль|密码|(?<=[_-])pass"
    r"|(?:api|access|secret|private|auth|account|encryption|signing|master)[_-]?key)\d{0,3}"
    r"(?:\\?[\"'`]?[\])]?[ \t]{0,20}"
    r"|[ \t]{0,9}:[ \t]{0,9}[a-z&][\w.\[\]|&<>?]{0,40}[ \t]{0,20}|[ \t]{1,9}string[ \t]{1,9})\Z"
)
LONGEST_NAME = 100  # in small letters, with what stands between it and the sign
# Tokens that say where one is in a list or a text; `next_page_token` is no secret.
HARMLESS = re.compile(
    r"(?:page|next|pad|eos|bos|unk|mask|sep|cls|stop|end|start|sync|cancel|cancellation"
    r"|continuation|csrf|xsrf|csrfmiddleware)[_-]?\Z"
)
FILLER = re.compile(
    r"(?i)example|sample|dummy|fake|placeholder|change.?(?:me|it)|replace|redact|insert|todo|fixme"
    r"|x{4}|\*{3}|\.{3}|12345|abcdef|foobar|your|\bmy[_-]|://|^[</~.$%#]|[{(<]\S*[})>]"
)
# What is left of `password123`, `test_secret` and `admin-token-1` without these is no secret.
COMMON = re.compile(
    r"(?i)pass(?:word|wd|phrase)?|pwd|secret|token|api|key|auth|access|credentials?|admin|user|root|test|demo"
    r"|default|super|some|the|new|old|[\W\d_]"
)
SIMPLE = re.compile(r"[A-Za-z]*\d{0,3}|\d+")  # one word of `my-app_v2/secret.name`
VARIED = (re.compile(r"[a-z]"), re.compile(r"[A-Z]"), re.compile(r"\d"), re.compile(r"[^\w\-./:]"))
FEWEST = 5  # different characters
SHORTEST_REST = 3
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
    if any(_is_literal_secret(match) for match in LITERAL.finditer(text)):
        yield msg("a password or key in quotes")


def _is_literal_secret(match: re.Match[str]) -> bool:
    """What a person chose or a service made, and neither a placeholder nor the name of something:
    as other scanners do, because a script that is refused for nothing asks for --allow-secrets."""
    return _is_varied(match["value"]) and _is_named_secret(match.string, match.start())


def _is_varied(value: str) -> bool:
    kinds = [bool(kind.search(value)) for kind in VARIED]
    if not (any(kinds[:2]) and any(kinds[2:])) or len(set(value)) < FEWEST:
        return False
    if FILLER.search(value) or len(COMMON.sub("", value)) < SHORTEST_REST:
        return False
    words = re.split(r"[-_./:]", value)
    return len(words) == 1 or not all(map(SIMPLE.fullmatch, words))


def _is_named_secret(text: str, end: int) -> bool:
    """Whether the name that ends there says so."""
    before = text[max(0, end - LONGEST_NAME) : end].lower()
    name = NAME.search(before)
    return name is not None and not HARMLESS.search(before, 0, name.start())


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
