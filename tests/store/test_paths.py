"""Where the files are: LLMCHAT_HOME, else what platformdirs says, at a TAB as everywhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from llmchat.store.paths import Paths, find_paths, home_folder

PLATFORMDIRS = """
import json, platformdirs
names = ("config", "data", "state", "cache")
print(json.dumps([getattr(platformdirs, f"user_{n}_dir")("llmchat", False) for n in names]))
"""
PROGRAM = """
import json, os
from llmchat.store.paths import find_paths
found = find_paths(os.environ)
print(json.dumps([str(f) for f in (found.config, found.data, found.state, found.cache)]))
"""
TAB = """
import json, os
from llmchat.completion.folders import Folders
found = Folders(dict(os.environ))
print(json.dumps([found.config, found.data, found.cache, found.config_file]))
"""
PATHS_OF_A_TAB = """
import json, os
from llmchat.store.paths import find_paths
found = find_paths(os.environ)
print(json.dumps([str(f) for f in (found.config, found.data, found.cache, found.config_file)]))
"""
NOBODY = """
import os
os.getuid = lambda: 4_000_000_123  # in no user database
from llmchat.errors import ConfigError
from llmchat.store.paths import find_paths
try:
    find_paths(os.environ)
except ConfigError as error:
    print(error.message, error.hint)
"""
ENVIRONS = [
    {"HOME": "/home/anna"},
    {"HOME": "/home/anna", "XDG_CONFIG_HOME": "/etc/anna", "XDG_STATE_HOME": ""},
    {"HOME": "/home/anna", "XDG_DATA_HOME": "/d a t a", "XDG_CACHE_HOME": "/tmp/c"},
    {},
]
MOVED = [
    {"HOME": "/home/anna", "LLMCHAT_HOME": "~/llmchat", "LLMCHAT_CONFIG": "~"},
    {"HOME": "/home/anna", "LLMCHAT_HOME": "here", "LLMCHAT_CONFIG": "sub/../work.toml"},
    {"HOME": "/home/anna", "LLMCHAT_HOME": " ", "LLMCHAT_CONFIG": "~anna/work.toml"},
]


def printed(code: str, environ: dict[str, str]) -> str:
    """What an interpreter prints with exactly this environment."""
    python = [sys.executable, "-c", code]
    return subprocess.run(
        python, env=environ, capture_output=True, text=True, check=True, timeout=60
    ).stdout


@pytest.mark.parametrize("environ", ENVIRONS)
def test_the_folders_are_those_of_platformdirs(environ: dict[str, str]) -> None:
    assert printed(PROGRAM, environ) == printed(PLATFORMDIRS, environ)


@pytest.mark.parametrize("environ", [*ENVIRONS, *MOVED])
def test_a_tab_reads_the_folders_of_the_program(environ: dict[str, str]) -> None:
    folders = [Path(folder) for folder in json.loads(printed(TAB, environ))]
    assert folders == [Path(folder) for folder in json.loads(printed(PATHS_OF_A_TAB, environ))]


def test_one_folder_holds_everything_with_llmchat_home(tmp_path: Path) -> None:
    found = find_paths({"LLMCHAT_HOME": str(tmp_path)})
    assert found == Paths(tmp_path, tmp_path, tmp_path, tmp_path)
    assert found.folders == (tmp_path,)
    assert found.config_file == tmp_path / "config.toml"


def test_llmchat_config_names_another_settings_file(tmp_path: Path) -> None:
    environ = {"HOME": "/home/anna", "LLMCHAT_HOME": str(tmp_path), "LLMCHAT_CONFIG": "~/work.toml"}
    found = find_paths(environ)
    assert found.config_file == Path("/home/anna/work.toml")
    assert found.templates == tmp_path / "templates"


def test_a_relative_llmchat_home_becomes_absolute() -> None:
    assert find_paths({"LLMCHAT_HOME": "here"}).config == Path.cwd() / "here"


def test_without_home_the_user_database_is_asked() -> None:
    import pwd

    known = pwd.getpwuid(os.getuid()).pw_dir
    assert home_folder({}) == Path(known)
    assert home_folder({"HOME": "relative"}) == Path(known)


def test_without_any_home_the_error_says_what_to_set() -> None:
    said = printed(NOBODY, {})
    assert "home" in said
    assert "LLMCHAT_HOME" in said
    assert printed(NOBODY, {"LLMCHAT_HOME": "/x"}) == ""


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
