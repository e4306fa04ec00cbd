"""Rules made to slow a folder walk down; and the linear rules have the same meaning as before."""

from __future__ import annotations

import fnmatch
import re
from pathlib import Path, PurePosixPath
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmchat.errors import UsageError
from llmchat.inputs.folder import read_folder
from llmchat.inputs.ignore import is_ignored, rules_of

HERE = PurePosixPath()


@pytest.mark.parametrize(
    "rule", ["*a" * 8, "*a" * 200, "*" * 500 + "b", "*?" * 100, "**/a*" * 4, "*[ab]" * 50 + "c"]
)
def test_a_rule_of_many_stars_is_matched_in_a_moment(tmp_path: Path, rule: str) -> None:
    (tmp_path / ".gitignore").write_text(rule)
    rules = rules_of(tmp_path, HERE)
    begun = process_time()
    for name in ("a" * 255, "ab" * 127, "/".join(["a" * 60] * 20) + "b"):
        is_ignored(PurePosixPath(name), rules, is_folder=False)
    assert process_time() - begun < 2


NAMES = st.text("ab.", min_size=1, max_size=8)
GLOBS = st.text("ab.*?", min_size=1, max_size=8).filter(lambda glob: "**" not in glob)


@given(NAMES, GLOBS)
@settings(max_examples=500, deadline=None)
def test_stars_mean_what_a_shell_says(
    tmp_path_factory: pytest.TempPathFactory, name: str, glob: str
) -> None:
    if name in (".", ".."):
        return
    folder = tmp_path_factory.getbasetemp()
    (folder / ".gitignore").write_text(glob)
    expected = re.match(fnmatch.translate(glob), name) is not None
    assert is_ignored(PurePosixPath(name), rules_of(folder, HERE), is_folder=False) == expected


def test_sixty_thousand_rules_are_read_in_a_moment(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("".join(f"name{n}\n" for n in range(60_000)))
    begun = process_time()
    rules = rules_of(tmp_path, HERE)
    assert not any(rule.pattern for rule in rules)  # each of which takes 0.2 ms
    assert is_ignored(PurePosixPath("a/name7"), rules, is_folder=False)
    assert not is_ignored(PurePosixPath("a/name"), rules, is_folder=False)
    assert process_time() - begun < 3


def test_so_many_patterns_are_told(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("".join(f"*{n}\n" for n in range(60_000)))
    with pytest.raises(UsageError, match="more than 2,000 patterns"):
        rules_of(tmp_path, HERE)


@pytest.mark.parametrize(
    "name",
    [
        *(".envrc", "prod.env", ".git-credentials", "id_rsa", "id_work", "a.ppk", ".pgpass"),
        *("id_rsa.bak", "work_id_ed25519", "client_secret_1.apps.json", "token.json", "auth.json"),
        *(".zsh_history", ".authinfo", "rclone.conf", "passwords.txt", "prod.kubeconfig"),
        *("terraform.tfstate.backup", "a.tfvars.json", ".dev.vars", ".credentials.json"),
        *("kubeconfig", "secrets.yaml", "secrets.json", "a.tfvars", ".vault-token", ".env.local"),
        *(".env~", ".env-prod", ".pgpass.bak", ".netrc.old", "server.key.orig", ".secrets"),
    ],
)
def test_what_holds_keys_is_left_out_of_a_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("x")
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "config").write_text("x")
    public = ["auth.py", "id_rsa.pub", "identity.py", "keys.py", "secrets.py~", "tokens.py"]
    for harmless in public:
        (tmp_path / harmless).write_text("x")
    found = read_folder(tmp_path, ".", limit=1000)
    assert [label for label, _ in found.texts] == public
    assert "2 private" in found.report
