"""Which files of a folder are left out: `.gitignore` rules, caches, private files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from llmchat.opening import read_regular

# Made by tools, or the copies of other people's code.
FOLDERS = frozenset(
    {
        ".git", ".hg", ".svn", ".jj", "node_modules", "bower_components", "__pycache__", ".venv",
        "venv", ".tox", ".nox", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis",
        ".idea", ".gradle", ".terraform", ".next", ".cache",
    }
)  # fmt: skip
FILES = frozenset({".DS_Store", "Thumbs.db", ".coverage"})
# What holds keys is sent only when it is named itself.
PRIVATE = re.compile(
    r"\.env(\..*)?|.*\.(pem|key|p12|pfx|jks|kdbx)|id_(rsa|dsa|ecdsa|ed25519)|\.netrc|\.npmrc|"
    r"\.pypirc|credentials\.json",
    re.IGNORECASE,
)
PUBLIC = frozenset({".env.example", ".env.sample", ".env.template", ".env.dist"})
RULE_FILE = ".gitignore"
MOST_FOLDER_STARS = 4  # `**/` in one rule; with more of them a path could keep us busy for hours
LONGEST_RULES = 1_000_000


@dataclass(frozen=True, slots=True)
class IgnoreRule:
    """One line of a .gitignore, valid below `base`."""

    base: PurePosixPath
    pattern: re.Pattern[str]
    takes_back: bool
    folders_only: bool

    def fits(self, path: PurePosixPath, *, is_folder: bool) -> bool:
        if self.folders_only and not is_folder:
            return False
        return (
            path.is_relative_to(self.base)
            and self.pattern.fullmatch(str(path.relative_to(self.base))) is not None
        )


def rules_of(folder: Path, base: PurePosixPath) -> tuple[IgnoreRule, ...]:
    """The rules a folder states for what is below it."""
    try:
        content = read_regular(folder / RULE_FILE, LONGEST_RULES, follow=False)
    except OSError:
        return ()
    lines = content.decode("utf-8", "replace").splitlines()
    found = (_rule(line, base) for line in lines)
    return tuple(rule for rule in found if rule)


def is_ignored(path: PurePosixPath, rules: tuple[IgnoreRule, ...], *, is_folder: bool) -> bool:
    """By our own list, then by the last rule that fits."""
    if path.name in (FOLDERS if is_folder else FILES):
        return True
    for rule in reversed(rules):
        if rule.fits(path, is_folder=is_folder):
            return not rule.takes_back
    return False


def is_private(name: str) -> bool:
    return name not in PUBLIC and PRIVATE.fullmatch(name) is not None


def _rule(line: str, base: PurePosixPath) -> IgnoreRule | None:
    text = line.rstrip("\n")
    while text.endswith(" ") and not text.endswith("\\ "):
        text = text[:-1]
    if not text or text.startswith("#"):
        return None
    takes_back = text.startswith("!")
    text = text[takes_back:]
    folders_only = text.endswith("/")
    text = text.rstrip("/")
    anchored = "/" in text
    if not text or text.count("**/") > MOST_FOLDER_STARS:
        return None
    pattern = _expression(text.lstrip("/"))
    try:
        compiled = re.compile(pattern if anchored else _FOLDERS + pattern, re.DOTALL)
    except re.error:
        return None  # a class such as [z-a]: git matches nothing with it either
    return IgnoreRule(base, compiled, takes_back, folders_only)


def _expression(glob: str) -> str:
    """`**/` is any depth, `*` and `?` stay in one folder, `[...]` is a class. What stands between
    two stars is found where it comes first, and never looked for again: however many stars a rule
    has, a name is gone through once."""
    parts: list[str] = []
    opened = False  # the group of the last star, which the next one closes
    at = 0
    while at < len(glob):
        if glob.startswith("**/", at):
            parts += [")"] * opened + [_FOLDERS]
            opened, at = False, at + 3
        elif glob[at:] == "**":  # everything below
            parts += [")"] * opened + [".*"]
            opened, at = False, at + 2
        elif glob[at] == "*":
            parts += [")"] * opened
            at += len(glob) - at - len(glob[at:].lstrip("*")) if glob[at:].strip("*") else 1
            opened = "*" in glob[at:].partition("**/")[0]
            parts.append(_FIRST_AFTER if opened else "[^/]*")
        else:
            piece, at = ("[^/]", at + 1) if glob[at] == "?" else _literal(glob, at)
            parts.append(piece)
    return "".join([*parts, ")" * opened])


_FOLDERS = "(?:[^/]*+/)*"
_FIRST_AFTER = "(?>[^/]*?"


def _literal(glob: str, at: int) -> tuple[str, int]:
    char = glob[at]
    if char == "\\" and at + 1 < len(glob):
        return re.escape(glob[at + 1]), at + 2
    end = glob.find("]", at + 2) if char == "[" else -1
    if end < 0:
        return re.escape(char), at + 1
    inner = glob[at + 1 : end].replace("\\", "\\\\").replace("[", "\\[")
    if inner.startswith(("!", "^")):
        inner = "^" + inner[1:]
    return f"(?!/)[{inner}]", end + 1
