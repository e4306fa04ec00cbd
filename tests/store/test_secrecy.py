"""Files of ours with keys in them never become a part of a question, by whatever way."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from llmchat.cli.main import run
from llmchat.world import World

KEY = "canary-canary-canary"
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    (home / "drafts").mkdir(parents=True)
    (home / "templates").mkdir()
    (home / "local").mkdir()
    (home / "local" / "0123.json").write_text(KEY)
    for name in ("credentials.json", "tokens.json", ".credentials.json.new", "history.db"):
        (home / name).write_text(KEY)
    (home / "config.toml").write_text(f'[providers.openai]\napi_key = "{KEY}"\n')
    (home / "config.toml.bak").write_text(f'headers = {{ Authorization = "Bearer {KEY}" }}\n')
    (home / "config.toml").chmod(0o600)
    (home / "drafts" / "a.json").write_text(KEY)
    (home / "repl_history").write_text(KEY)
    (home / "templates" / "mine.md").write_text("canary of a template\n")
    (tmp_path / "link").symlink_to("home/credentials.json")
    (tmp_path / "hard").hardlink_to(home / "credentials.json")
    (tmp_path / "hard.toml").hardlink_to(home / "config.toml")
    (tmp_path / "folder").symlink_to("home")
    return home


def asked(home: Path, *argv: str) -> tuple[int, str]:
    out, err = io.StringIO(), io.StringIO()
    environ = {"LLMCHAT_HOME": str(home), "HOME": str(home.parent), "OPENAI_API_KEY": "x"}
    world = World(environ, io.StringIO(""), out, err, home.parent)
    code = run(["ask", "-n", *argv, "hi"], world)
    return code, out.getvalue() + err.getvalue()


OURS = (
    *("home/credentials.json", "home/tokens.json", "home/config.toml", "home/config.toml.bak"),
    *("home/.credentials.json.new", "home/history.db", "home/drafts/a.json", "home/repl_history"),
    *(
        "link",
        "hard.toml",
        "hard",
        "folder/tokens.json",
        "home/drafts/../credentials.json",
        "home/local/0123.json",
    ),
)


@pytest.mark.parametrize("name", OURS)
def test_a_file_of_ours_with_secrets_is_refused(home: Path, name: str) -> None:
    for flag in ("-f", "-a"):
        who = ("-p", "demo") if flag == "-f" else ("-p", "demo", "-m", "demo")
        code, told = asked(home, *who, flag, name)
        assert (code, "not sending" in told, KEY in told) == (2, True, False), flag


@pytest.mark.parametrize("flag", ["-f", "-a"])
@pytest.mark.parametrize("name", ["\ud800.txt", "a\0b.txt", "unread"])
def test_a_name_that_leads_nowhere_is_refused_in_words(
    home: Path, monkeypatch: pytest.MonkeyPatch, flag: str, name: str
) -> None:
    """The first two come from a row of a batch; the last is as a link of /proc to Python 3.11."""
    realpath = os.path.realpath

    def read(path: str | Path) -> str:
        if str(path).endswith("unread"):
            raise PermissionError(13, "Permission denied", str(path))
        return realpath(path)

    monkeypatch.setattr("os.path.realpath", read)
    code, told = asked(home, "-p", "openai", "-m", "x", "--dry-run", flag, name)
    assert (code, "internal error" in told) == (2, False), told


def test_a_folder_is_sent_without_them(home: Path) -> None:
    (home / "credentials.json").unlink()  # it is looked into, and must not be nonsense
    code, told = asked(home, "-p", "demo", "-f", "home")
    assert code == 0, told
    assert "private" in told
    assert KEY not in told
    assert "canary of a template" in told


def test_what_is_ours_and_no_secret_may_be_sent(home: Path) -> None:
    (home / "credentials.json").unlink()
    (home / "config.toml").write_text(
        'provider = "demo"\n[providers.openai]\napi_key_command = "pass show x"\n'
    )
    assert asked(home, "-f", "home/config.toml")[0] == 0
    assert asked(home, "-f", "home/templates/mine.md")[0] == 0
    (home.parent / "credentials.json").write_text("of another program")
    assert asked(home, "-f", "credentials.json")[0] == 0
