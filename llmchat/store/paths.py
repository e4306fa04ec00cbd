"""Where the files of llmchat lie: four folders, and the name of each file in them."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from llmchat.errors import ConfigError

APP = "llmchat"
NOWHERE_HINT = "set LLMCHAT_HOME=/some/folder"


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
    def models(self) -> Path:
        return self.cache / "models"

    def model_list(self, provider: str) -> Path:
        """What a service told of its models."""
        return self.models / f"{provider}.json"

    @property
    def folders(self) -> tuple[Path, ...]:
        """Each folder once, in a fixed order."""
        return tuple(dict.fromkeys((self.config, self.data, self.state, self.cache)))


def find_paths(environ: Mapping[str, str], *, platform: str = sys.platform) -> Paths:
    """LLMCHAT_HOME holds everything; else each folder where the system has it."""
    override = environ.get("LLMCHAT_CONFIG", "").strip()
    config_override = _expand(override, environ) if override else None
    if home := environ.get("LLMCHAT_HOME", "").strip():
        folder = _expand(home, environ)
        return Paths(folder, folder, folder, folder, config_override)
    config, data, state, cache = _xdg_folders(environ) if _has_xdg(platform) else _native_folders()
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


def _has_xdg(platform: str) -> bool:
    """Android names itself linux in Python before 3.13 and has folders of its own."""
    android = hasattr(sys, "getandroidapilevel")
    return platform.startswith(("linux", "freebsd", "openbsd", "netbsd")) and not android


def _xdg_folders(environ: Mapping[str, str]) -> tuple[Path, Path, Path, Path]:
    """What platformdirs answers, without its 4 ms of import (docs/decisions/0040)."""
    return (
        _xdg_folder(environ, "XDG_CONFIG_HOME", ".config"),
        _xdg_folder(environ, "XDG_DATA_HOME", ".local/share"),
        _xdg_folder(environ, "XDG_STATE_HOME", ".local/state"),
        _xdg_folder(environ, "XDG_CACHE_HOME", ".cache"),
    )


def _xdg_folder(environ: Mapping[str, str], variable: str, default: str) -> Path:
    named = environ.get(variable, "").strip()
    if Path(named).is_absolute():  # the standard: a relative path is to be ignored
        return Path(named) / APP
    home = home_folder(environ)
    if home is None:
        raise ConfigError("no home folder is known for this user", hint=NOWHERE_HINT)
    return home / default / APP


def _native_folders() -> tuple[Path, Path, Path, Path]:
    import platformdirs  # 4 ms, needed on macOS and Windows only

    return (
        Path(platformdirs.user_config_dir(APP, appauthor=False)),
        Path(platformdirs.user_data_dir(APP, appauthor=False)),
        Path(platformdirs.user_state_dir(APP, appauthor=False)),
        Path(platformdirs.user_cache_dir(APP, appauthor=False)),
    )
