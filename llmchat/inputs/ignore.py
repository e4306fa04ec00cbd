"""Decides which files of a folder are left out: `.gitignore` rules, caches, private files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from llmchat.errors import UsageError
from llmchat.language import msg
from llmchat.system.opening import read_regular

# Generated files, or copies of other people's code.
FOLDERS = frozenset(
    {
        ".git", ".hg", ".svn", ".jj", "node_modules", "bower_components", "__pycache__", ".venv",
        "venv", ".tox", ".nox", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis",
        ".idea", ".gradle", ".terraform", ".next", ".cache",
    }
)  # fmt: skip
FILES = frozenset({".DS_Store", "Thumbs.db", ".coverage"})
# Files with keys are only sent if they are named explicitly.
PRIVATE = re.compile(
    r"\.env([-_.].*)?|\.envrc|.*\.env|\.dev\.vars(\..*)?|\.Renviron|id_[^.]*|"
    r"(.*[-_.])?id_(rsa|dsa|ecdsa|ed25519)(\.(?!pub$).*)?|"
    r".*\.(pem|key|p8|p12|pfx|jks|kdbx?|ppk|keystore|keytab|ovpn|tfvars|tfvars\.json)|"
    r".*\.tfstate(\..*)?|wg\d+\.conf|secring\.gpg|private\.asc|"
    r"_?\.?netrc|\.npmrc|\.pypirc|\.git-credentials|\.pgpass|\.my\.cnf|\.?htpasswd|\.(token|secrets?)|"
    r"\.authinfo|\.s3cfg|\.boto|\.?rclone\.conf|\.databrickscfg|\.dockercfg|\.?terraform\.?rc|"
    r"\.(fetchmail|msmtp|lftp)rc|\.[a-z_]+_history|\.?vault[-_](token|pass|password)(\.txt)?|"
    r"(.*[-_.])?kubeconfig(\..*)?|wp-config\.php|local\.settings\.json|"
    r"secrets?\.(?!py$|go$|rs$|js$|ts$|c$|h$|java$|rb$|md$).*|"
    r"\.?credentials(\.(json|csv|ya?ml|ini|toml))?|"
    r"(service[-_]account|client_secret).*\.json|application_default_credentials\.json|"
    r"(auth|keys|oauth|oauth_creds|tokens?)\.json|(api[-_]?keys?|passwords?|tokens?)\.(txt|csv)",
    re.IGNORECASE,
)
COPY = re.compile(r"(?:~|\.(?:bak|old|orig|save|swp))\Z")  # as editors create them
# Folders of private files.
PRIVATE_FOLDERS = frozenset(
    {
        ".aws", ".ssh", ".gnupg", ".kube", ".docker", ".azure", ".gcloud", "gcloud", ".oci",
        ".snowsql", ".password-store",
    }
)  # fmt: skip
PUBLIC = frozenset({".env.example", ".env.sample", ".env.template", ".env.dist"})
RULE_FILE = ".gitignore"
MOST_FOLDER_STARS = 4  # `**/` in one rule; with more, matching a path could take hours
LONGEST_RULES = 1_000_000
MOST_PATTERNS = 2_000  # lines with wildcards; compiling one takes 0.2 ms
SIGNS = "*?[\\"


@dataclass(frozen=True, slots=True)
class IgnoreRule:
    """One line of a .gitignore, valid below `base`. A rule without wildcards is compared as plain
    text."""

    base: str  # "" for the root, else with a slash at the end
    plain: str
    pattern: re.Pattern[str] | None
    anchored: bool
    takes_back: bool
    folders_only: bool

    def fits(self, path: str, name: str, *, is_folder: bool) -> bool:
        if (self.folders_only and not is_folder) or not path.startswith(self.base):
            return False
        inside = path[len(self.base) :]
        if self.pattern:
            return self.pattern.fullmatch(inside) is not None
        return (inside if self.anchored else name) == self.plain


def rules_of(folder: Path, base: PurePosixPath) -> tuple[IgnoreRule, ...]:
    """The rules in a folder's .gitignore."""
    try:
        content = read_regular(folder / RULE_FILE, LONGEST_RULES, follow=False)
    except OSError:
        return ()
    lines = content.decode("utf-8", "replace").splitlines()
    place = "" if str(base) == "." else f"{base}/"
    if sum(map(_has_signs, lines)) > MOST_PATTERNS:
        problem = msg(
            "{folder} contains more than {most_patterns:,} patterns",
            folder=folder / RULE_FILE,
            most_patterns=MOST_PATTERNS,
        )
        raise UsageError(problem, hint=msg("choose single files, or another folder"))
    found = (_rule(line, place) for line in lines)
    return tuple(rule for rule in found if rule)


def is_ignored(path: PurePosixPath, rules: tuple[IgnoreRule, ...], *, is_folder: bool) -> bool:
    """Whether a path is left out: by our own list, else by the last rule that matches."""
    name, text = path.name, str(path)
    if name in (FOLDERS if is_folder else FILES):
        return True
    for rule in reversed(rules):
        if rule.fits(text, name, is_folder=is_folder):
            return not rule.takes_back
    return False


def is_private(name: str) -> bool:
    name = COPY.sub("", name)
    return name not in PUBLIC and PRIVATE.fullmatch(name) is not None


def _has_signs(text: str) -> bool:
    return any(sign in text for sign in SIGNS)


def _rule(line: str, base: str) -> IgnoreRule | None:
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
    text = text.lstrip("/")
    if not _has_signs(text):
        return IgnoreRule(base, text, None, anchored, takes_back, folders_only)
    pattern = _expression(text)
    try:
        compiled = re.compile(pattern if anchored else _FOLDERS + pattern, re.DOTALL)
    except re.error:
        return None  # an invalid class such as [z-a], which git does not match either
    return IgnoreRule(base, text, compiled, anchored, takes_back, folders_only)


def _expression(glob: str) -> str:
    """The regular expression of a glob: `**/` is any depth, `*` and `?` stay in one folder, `[...]`
    is a class. Text between two stars is matched at its first place only, without backtracking, so
    that the time is linear however many stars a rule has."""
    parts: list[str] = []
    opened = False  # whether the group of the last star is open
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
            rest = glob[at:].lstrip("*")
            at = len(glob) - len(rest)
            opened = "*" in rest.partition("**/")[0]
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
