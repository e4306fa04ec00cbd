"""The values behind a TAB."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import platformdirs.macos
import platformdirs.windows
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmchat.completion.values import ACTIVE, offers
from llmchat.store.folders import Folders
from llmchat.store.history.schema import upgrade
from llmchat.store.paths import find_paths

FOLDER = st.sampled_from(["", " ", "/a", "/a b/c", "relative", "~", "~/x", "/tmp/"])
VARIABLES = (
    "LLMCHAT_HOME",
    "LLMCHAT_CONFIG",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "XDG_CACHE_HOME",
)
ENVIRON = st.fixed_dictionaries(
    {"HOME": st.sampled_from(["/home/me", "/root/", "relative"])},
    optional=dict.fromkeys(
        ("LLMCHAT_HOME", "LLMCHAT_CONFIG", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"),
        FOLDER,
    ),
)


def said(home: Path, *argv: str, environ: Mapping[str, str] | None = None) -> list[str]:
    text = offers(argv, {"LLMCHAT_HOME": str(home), **(environ or {})})
    return [line.partition("\t")[0] for line in text.splitlines()]


@settings(max_examples=150)
@given(ENVIRON)
def test_the_folders_are_those_of_the_program(environ: dict[str, str]) -> None:
    paths = find_paths(environ, platform="linux")
    folders = Folders(environ, platform="linux")
    ours = (folders.config_file, folders.config, folders.data, folders.cache)
    theirs = (paths.config_file, paths.config, paths.data, paths.cache)
    assert tuple(Path(place) for place in ours) == theirs


def test_the_folders_on_a_mac_are_those_of_platformdirs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/Users/me")
    folders = Folders({"HOME": "/Users/me"}, platform="darwin")
    known = platformdirs.macos.MacOS("llmchat", appauthor=False)
    ours = (folders.config, folders.data, folders.cache)
    assert ours == (known.user_config_dir, known.user_data_dir, known.user_cache_dir)


def test_the_folders_on_windows_lie_in_local_app_data() -> None:
    folders = Folders({"LOCALAPPDATA": "/L"}, platform="win32")
    assert (folders.data.rstrip("/"), folders.cache) == ("/L/llmchat", "/L/llmchat/Cache")


@settings(max_examples=60)
@given(ids=st.lists(st.text(min_size=1), max_size=5), note=st.text())
def test_a_kept_list_of_models_is_read_as_json_would(
    tmp_path_factory: pytest.TempPathFactory, ids: list[str], note: str
) -> None:
    """But for ids that are not the same word within quotes of every kind."""
    home = tmp_path_factory.mktemp("home")
    (home / "models").mkdir()
    rows = {"fetched": 1.5, "models": [{"id": i, "context": None, "note": note} for i in ids]}
    text = json.dumps(rows, ensure_ascii=False)
    (home / "models" / "groq.json").write_text(text, "utf-8")
    plain = [i for i in ids if i.isprintable() and not set(i) & ACTIVE]
    plain = [i for i in plain if i == i.strip() and not i.startswith("-")]
    assert said(home, "model", "", "-p", "groq") == list(dict.fromkeys(plain))


def test_a_model_of_another_provider_is_offered_with_its_name(tmp_path: Path) -> None:
    assert said(tmp_path, "model", "yq") == ["yqcloud/gpt-4"]
    assert said(tmp_path, "model", "gpt-4o-m") == ["gpt-4o-mini"]
    assert said(tmp_path, "model", "", "ask", "--provider=chatglm") == ["glm-4"]


def test_titles_from_a_model_lose_their_control_characters(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "history.db", isolation_level=None)
    upgrade(connection, str(tmp_path / "history.db"))
    connection.execute(
        "INSERT INTO conversation (id, title, created, updated) VALUES (?, ?, 1, 1)",
        ("abc", "Bees\x1b]0;x\x07\nand\twasps"),
    )
    connection.close()
    text = offers(["conversation", "ab"], {"LLMCHAT_HOME": str(tmp_path)})
    assert text == "abc\tBees ]0;x  and wasps\n"


@pytest.mark.parametrize("kind", ["provider", "model", "conversation", "template", "setting"])
def test_a_damaged_home_offers_what_is_known_without_it(tmp_path: Path, kind: str) -> None:
    for name in ("history.db", "config.toml", "templates", "models"):
        (tmp_path / name).write_bytes(b"\xff\x00[providers.\n")
    assert said(tmp_path, kind, "zzz") == []


@pytest.mark.parametrize("argv", [[], ["nothing"], ["nothing", "x"]])
def test_an_unknown_kind_offers_nothing(argv: list[str]) -> None:
    assert offers(argv, {}) == ""


def test_a_history_is_not_made_by_a_tab(tmp_path: Path) -> None:
    assert said(tmp_path, "conversation", "") == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["provider", "model", "conversation", "template", "setting"])
def test_a_tab_imports_nothing_that_costs(tmp_path: Path, kind: str) -> None:
    """What is loaded beyond a bare interpreter, told by the interpreter itself."""
    (tmp_path / "templates").mkdir()
    connection = sqlite3.connect(tmp_path / "history.db", isolation_level=None)
    upgrade(connection, str(tmp_path / "history.db"))
    connection.close()
    code = (
        "import sys; before = set(sys.modules)\n"
        "from llmchat.completion.values import offers\n"
        f"offers([{kind!r}, ''], {{'LLMCHAT_HOME': {str(tmp_path)!r}}})\n"
        "print(*sorted(set(sys.modules) - before))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    loaded = set(done.stdout.split())
    assert "llmchat.completion.static_values" in loaded
    costly = {"typer", "httpx", "rich", "asyncio", "json", "re", "enum", "typing", "pathlib"}
    assert loaded & (costly | {"dataclasses", "sqlite3", "llmchat.providers"}) == set()
