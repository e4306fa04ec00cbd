"""Finds passwords and keys in quotes after a telling name, as they appear in code."""

from __future__ import annotations

import re

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


def has_literal(text: str) -> bool:
    return any(_is_literal_secret(match) for match in LITERAL.finditer(text))


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
