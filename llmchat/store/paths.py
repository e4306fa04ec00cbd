"""The paths of llmchat's files: four folders, and the name of each file in them.

LLMCHAT_HOME, else the system's own folders, which platformdirs finds in the environment of the
process (docs/decisions/0037-folders-by-platformdirs.md).
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


@dataclass(frozen=True, slots=True)
class Paths:
    """The four folders; `config_override` is LLMCHAT_CONFIG."""

    config: Path
    data: Path
    state: Path
    cache: Path
    config_override: Path | None = None

    @property
    def config_file(self) -> Path:
        return self.config_override or self.config / "config.toml"

    @property
    def templates(self) -> Path:
        return self.config / "templates"

    @property
    def history_db(self) -> Path:
        return self.data / "history.db"

    @property
    def credentials(self) -> Path:
        return self.data / "credentials.json"

    @property
    def tokens(self) -> Path:
        return self.data / "tokens.json"

    @property
    def serve_key(self) -> Path:
        """What clients of `llmchat serve` show."""
        return self.data / "serve.key"

    @property
    def certificate(self) -> Path:
        return self.data / "russian_trusted_root_ca.crt"

    @property
    def repl_history(self) -> Path:
        return self.state / "repl_history"

    @property
    def drafts(self) -> Path:
        return self.state / "drafts"

    @property
    def notices(self) -> Path:
        """Which third parties were already introduced."""
        return self.state / "notices.json"

    @property
    def health(self) -> Path:
        return self.state / "health.json"

    @property
    def local_models(self) -> Path:
        """The person's own model files."""
        return self.data / "models"

    @property
    def local_state(self) -> Path:
        """What is noted of models that are loaded, the keys to them included."""
        return self.state / "local"

    @property
    def instructions(self) -> Path:
        """Which instructions of projects the person allowed to be sent."""
        return self.state / "instructions.json"

    @property
    def windows(self) -> Path:
        """Context windows that services named when they refused a request."""
        return self.state / "windows.json"

    @property
    def spent(self) -> Path:
        """What was spent today, where there is a budget."""
        return self.state / "spent.json"

    @property
    def models(self) -> Path:
        return self.cache / "models"

    def model_list(self, provider: str) -> Path:
        """What a service told of its models."""
        return self.models / f"{provider}.json"

    @property
    def tool_lists(self) -> Path:
        """What servers of tools told of their tools."""
        return self.cache / "tools"

    @property
    def tool_logs(self) -> Path:
        """What servers of tools print on stderr."""
        return self.state / "tool-logs"

    @property
    def folders(self) -> tuple[Path, ...]:
        """Each folder once, in a fixed order."""
        return tuple(dict.fromkeys((self.config, self.data, self.state, self.cache)))


def find_paths(environ: Mapping[str, str]) -> Paths:
    """LLMCHAT_HOME holds everything; else each folder where the system has it."""
    override = environ.get("LLMCHAT_CONFIG", "").strip()
    config_override = _expand(override, environ) if override else None
    home = environ.get("LLMCHAT_HOME", "").strip()
    if home:
        folder = _expand(home, environ)
        return Paths(folder, folder, folder, folder, config_override)
    return _system_paths(config_override)


def _system_paths(config_override: Path | None) -> Paths:
    import platformdirs  # 4 ms, which nobody with LLMCHAT_HOME has to pay

    dirs = platformdirs.PlatformDirs(APP, appauthor=False)
    try:
        config, data = dirs.user_config_path, dirs.user_data_path
        state, cache = dirs.user_state_path, dirs.user_cache_path
    except RuntimeError as error:
        raise ConfigError(msg("cannot find this user's home folder"), hint=NO_HOME) from error
    for folder in (config, data, state, cache):
        if not folder.is_absolute():  # platformdirs before 4.12: no home, or a relative variable
            raise ConfigError(msg("{folder} is not an absolute path", folder=folder), hint=NO_HOME)
    return Paths(config, data, state, cache, config_override)


def home_folder(environ: Mapping[str, str]) -> Path | None:
    """The person's own folder; None where neither HOME nor the user database knows one."""
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
    """An absolute path, so that a later change of folder does not move our files."""
    home = home_folder(environ) if text == "~" or text.startswith("~/") else None
    return home / text[2:] if home else Path(text).absolute()
