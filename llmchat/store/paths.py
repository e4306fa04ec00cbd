"""The paths of llmchat's files: four folders, and the name of each file in them.

The folders are below LLMCHAT_HOME, else those of the system, which platformdirs finds in the
environment of the process (docs/decisions/0037-folders-by-platformdirs.md).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from llmchat.errors import ConfigError
from llmchat.language import msg

APP = "llmchat"
NO_HOME = msg("set HOME, or LLMCHAT_HOME to an absolute path")


class File:
    """The name of a file, or of a folder of files, in one of the four folders."""

    def __init__(self, folder: str, name: str) -> None:
        self.folder = folder
        self.name = name

    def __get__(self, paths: Paths, kind: type[Paths]) -> Path:
        folder: Path = getattr(paths, self.folder)
        return folder / self.name


@dataclass(frozen=True, slots=True)
class Paths:
    """The four folders; `config_override` is LLMCHAT_CONFIG."""

    config: Path
    data: Path
    state: Path
    cache: Path
    config_override: Path | None = None

    templates = File("config", "templates")
    history_db = File("data", "history.db")
    credentials = File("data", "credentials.json")
    tokens = File("data", "tokens.json")
    serve_key = File("data", "serve.key")  # the key for clients of `llmchat serve`
    certificate = File("data", "russian_trusted_root_ca.crt")
    local_models = File("data", "models")  # the person's own model files
    local_state = File("state", "local")  # about loaded models, including the keys to them
    repl_history = File("state", "repl_history")
    drafts = File("state", "drafts")
    notices = File("state", "notices.json")  # which third parties were introduced
    health = File("state", "health.json")
    instructions = File("state", "instructions.json")  # which projects' instructions may be sent
    windows = File("state", "windows.json")  # context windows that services named in refusals
    uploads = File("state", "uploads.json")  # files that are already in an account
    spent = File("state", "spent.json")  # today's spending, if there is a budget
    tool_logs = File("state", "tool-logs")  # what tool servers print on stderr
    tool_lists = File("cache", "tools")  # their lists of tools
    models = File("cache", "models")

    @property
    def config_file(self) -> Path:
        return self.config_override or self.config / "config.toml"

    def model_list(self, provider: str) -> Path:
        """The cached list of a service's models."""
        return self.models / f"{provider}.json"

    @property
    def folders(self) -> tuple[Path, ...]:
        """The folders without duplicates, in a fixed order."""
        return tuple(dict.fromkeys((self.config, self.data, self.state, self.cache)))


def find_paths(environ: Mapping[str, str]) -> Paths:
    """LLMCHAT_HOME contains everything; without it the system's folders are used."""
    override = environ.get("LLMCHAT_CONFIG", "").strip()
    config_override = _expand(override, environ) if override else None
    home = environ.get("LLMCHAT_HOME", "").strip()
    if home:
        folder = _expand(home, environ)
        return Paths(folder, folder, folder, folder, config_override)
    return _system_paths(config_override)


def _system_paths(config_override: Path | None) -> Paths:
    import platformdirs  # 4 ms that are not needed with LLMCHAT_HOME

    dirs = platformdirs.PlatformDirs(APP, appauthor=False)
    try:
        config, data = dirs.user_config_path, dirs.user_data_path
        state, cache = dirs.user_state_path, dirs.user_cache_path
    except RuntimeError as error:
        raise ConfigError(msg("cannot find this user's home folder"), hint=NO_HOME) from error
    for folder in (config, data, state, cache):
        if not folder.is_absolute():  # no home (platformdirs before 4.12), or a relative variable
            raise ConfigError(msg("{folder} is not an absolute path", folder=folder), hint=NO_HOME)
    return Paths(config, data, state, cache, config_override)


def home_folder(environ: Mapping[str, str]) -> Path | None:
    """The home folder; None if neither HOME nor the user database has one."""
    home = environ.get("HOME", "")
    if Path(home).is_absolute():
        return Path(home)
    if sys.platform == "win32":
        profile = environ.get("USERPROFILE", "")
        return Path(profile) if profile else None
    import pwd  # only without HOME

    try:
        return Path(pwd.getpwuid(os.getuid()).pw_dir)
    except KeyError:
        return None


def _expand(text: str, environ: Mapping[str, str]) -> Path:
    """An absolute path, so that changing the current folder does not move the files."""
    home = home_folder(environ) if text == "~" or text.startswith("~/") else None
    return home / text[2:] if home else Path(text).absolute()
