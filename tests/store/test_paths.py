"""Where the files lie: LLMCHAT_HOME, the XDG folders, and what platformdirs would say."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from llmchat.errors import ConfigError
from llmchat.store.paths import Paths, find_paths, home_folder

ASK_PLATFORMDIRS = """
import json, platformdirs
names = ("config", "data", "state", "cache")
print(json.dumps([getattr(platformdirs, f"user_{n}_dir")("llmchat", False) for n in names]))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the XDG folders are Linux's")
@pytest.mark.parametrize(
    "environ",
    [
        {"HOME": "/home/anna"},
        {"HOME": "/home/anna", "XDG_CONFIG_HOME": "/etc/anna", "XDG_STATE_HOME": ""},
        {"HOME": "/home/anna", "XDG_DATA_HOME": "/d a t a", "XDG_CACHE_HOME": "/tmp/c"},
        {},
    ],
)
def test_the_folders_are_those_of_platformdirs(environ: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ASK_PLATFORMDIRS],
        env=environ,
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    found = find_paths(environ)
    ours = [str(folder) for folder in (found.config, found.data, found.state, found.cache)]
    assert ours == json.loads(done.stdout)


def test_one_folder_holds_everything_with_llmchat_home(tmp_path: Path) -> None:
    found = find_paths({"LLMCHAT_HOME": str(tmp_path)})
    assert found == Paths(tmp_path, tmp_path, tmp_path, tmp_path)
    assert found.folders == (tmp_path,)
    assert found.config_file == tmp_path / "config.toml"


def test_llmchat_config_names_another_settings_file() -> None:
    found = find_paths({"HOME": "/home/anna", "LLMCHAT_CONFIG": "~/work.toml"})
    assert found.config_file == Path("/home/anna/work.toml")
    assert found.templates == Path("/home/anna/.config/llmchat/templates")


def test_a_relative_llmchat_home_becomes_absolute() -> None:
    assert find_paths({"LLMCHAT_HOME": "here"}).config == Path.cwd() / "here"


def test_a_relative_xdg_folder_is_ignored_as_the_standard_wants() -> None:
    found = find_paths({"HOME": "/home/anna", "XDG_CONFIG_HOME": "conf"}, platform="linux")
    assert found.config == Path("/home/anna/.config/llmchat")


def test_without_home_the_user_database_is_asked() -> None:
    import pwd

    known = pwd.getpwuid(os.getuid()).pw_dir
    assert home_folder({}) == Path(known)
    assert home_folder({"HOME": "relative"}) == Path(known)


def test_without_any_home_the_error_says_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.getuid", lambda: 4_000_000_123)  # nobody in the user database
    with pytest.raises(ConfigError, match="no home folder") as caught:
        find_paths({}, platform="linux")
    assert "LLMCHAT_HOME" in caught.value.hint
    assert find_paths({"LLMCHAT_HOME": "/x"}, platform="linux").config == Path("/x")


def test_elsewhere_platformdirs_decides() -> None:
    found = find_paths({"HOME": "/home/anna"}, platform="darwin")
    assert [folder.name for folder in (found.config, found.data)] == ["llmchat", "llmchat"]


def test_every_file_has_its_folder() -> None:
    found = Paths(Path("/c"), Path("/d"), Path("/s"), Path("/x"))
    assert found.history_db == Path("/d/history.db")
    assert found.credentials == Path("/d/credentials.json")
    assert found.tokens == Path("/d/tokens.json")
    assert found.certificate == Path("/d/russian_trusted_root_ca.crt")
    assert found.repl_history == Path("/s/repl_history")
    assert found.drafts == Path("/s/drafts")
    assert found.notices == Path("/s/notices.json")
    assert found.health == Path("/s/health.json")
    assert found.models == Path("/x/models")
    assert len(found.folders) == 4
