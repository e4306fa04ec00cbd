"""Finds passwords and keys in code: quoted literals assigned to a name such as `password`."""

from __future__ import annotations

import re

# Matches `password = "..."`, `"api_key": "..."`, `config['token'] = '...'` and `secret: str =
# "..."`. The sign and a literal without spaces are searched first, because they are rare, then the
# name before them.
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
LONGEST_NAME = 100  # characters of a name, with what is between it and the sign
# Tokens that mark a position in a list or text; `next_page_token` is not a secret.
HARMLESS = re.compile(
    r"(?:page|next|pad|eos|bos|unk|mask|sep|cls|stop|end|start|sync|cancel|cancellation"
    r"|continuation|csrf|xsrf|csrfmiddleware)[_-]?\Z"
)
FILLER = re.compile(
    r"(?i)example|sample|dummy|fake|placeholder|change.?(?:me|it)|replace|redact|insert|todo|fixme"
    r"|x{4}|\*{3}|\.{3}|12345|abcdef|foobar|your|\bmy[_-]|://|^[</~.$%#]|[{(<]\S*[})>]"
)
# Words that, with digits, make no secret: `password123`, `test_secret`, `admin-token-1`.
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
    """Whether a literal is probably a secret, not a placeholder or a name. Like other scanners it
    is cautious: a person whose script is refused without reason learns to pass --allow-secrets."""
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
    """Whether the name that ends at `end` means a secret."""
    before = text[max(0, end - LONGEST_NAME) : end].lower()
    name = NAME.search(before)
    return name is not None and not HARMLESS.search(before, 0, name.start())
