"""Where the files lie, as plain texts: for doors that cannot wait for pathlib."""

from __future__ import annotations

import os

TYPE_CHECKING = False  # mypy knows the name; importing typing would cost 6 ms
if TYPE_CHECKING:
    from collections.abc import Mapping

APP = "llmchat"
NOBODY = "/nonexistent"  # nothing is found there; the usual way then says what is missing


class Folders:
    """What `store.paths` answers, without its 11 ms of pathlib; a test compares the two."""

    def __init__(self, environ: Mapping[str, str], *, platform: str) -> None:
        self._environ = environ
        self._home = environ.get("LLMCHAT_HOME", "").strip()
        self._platform = platform

    @property
    def config_file(self) -> str:
        override = self._environ.get("LLMCHAT_CONFIG", "").strip()
        return self._expand(override) if override else os.path.join(self.config, "config.toml")

    @property
    def config(self) -> str:
        return self._folder("XDG_CONFIG_HOME", ".config", "Application Support", "")

    @property
    def data(self) -> str:
        return self._folder("XDG_DATA_HOME", ".local/share", "Application Support", "")

    @property
    def cache(self) -> str:
        return self._folder("XDG_CACHE_HOME", ".cache", "Caches", "Cache")

    def _folder(self, variable: str, default: str, mac: str, windows: str) -> str:
        if self._home:
            return self._expand(self._home)
        if self._platform == "darwin":
            return os.path.join(self._person(), "Library", mac, APP)
        if self._platform == "win32":
            return os.path.join(self._environ.get("LOCALAPPDATA", ""), APP, windows)
        named = self._environ.get(variable, "").strip()
        return os.path.join(named if named[:1] == "/" else f"{self._person()}/{default}", APP)

    def _person(self) -> str:
        home = self._environ.get("HOME", "")
        if home[:1] == "/":
            return home
        if self._platform == "win32":
            return self._environ.get("USERPROFILE", "")
        from pwd import getpwuid  # only without HOME

        try:
            return getpwuid(os.getuid()).pw_dir
        except KeyError:
            return NOBODY

    def _expand(self, text: str) -> str:
        if text == "~" or text.startswith("~/"):
            return os.path.join(self._person(), text[2:])
        return os.path.abspath(text)
