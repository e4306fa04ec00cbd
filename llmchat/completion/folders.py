"""The folders that completion reads, as plain strings: under LLMCHAT_HOME, else by the XDG
variables.

Everything else asks platformdirs, whose import takes longer than starting the interpreter; here it
is used only where XDG does not apply (docs/decisions/0037-folders-by-platformdirs.md).
"""

from __future__ import annotations

import os
import sys

APP = "llmchat"
XDG_SYSTEMS = ("linux", "freebsd", "openbsd", "netbsd")


class Folders:
    """The same folders as `store.paths.find_paths`; a test compares the two."""

    def __init__(self, environ: dict[str, str]) -> None:
        self._environ = environ
        self._override = environ.get("LLMCHAT_CONFIG", "").strip()
        self._home = environ.get("LLMCHAT_HOME", "").strip()
        self.plugins_off = bool(environ.get("LLMCHAT_PLUGINS", "").strip())

    @property
    def config_file(self) -> str:
        return self._expand(self._override) if self._override else f"{self.config}/config.toml"

    @property
    def config(self) -> str:
        return self._folder("config", "XDG_CONFIG_HOME", "/.config")

    @property
    def data(self) -> str:
        return self._folder("data", "XDG_DATA_HOME", "/.local/share")

    @property
    def cache(self) -> str:
        return self._folder("cache", "XDG_CACHE_HOME", "/.cache")

    def _folder(self, kind: str, variable: str, default: str) -> str:
        if self._home:
            return self._expand(self._home)
        if not sys.platform.startswith(XDG_SYSTEMS):
            import platformdirs  # 25 ms

            return str(getattr(platformdirs, f"user_{kind}_dir")(APP, appauthor=False))
        named = self._environ.get(variable, "").strip()
        return f"{named if named[:1] == '/' else self._person() + default}/{APP}"

    def _person(self) -> str:
        return self._environ.get("HOME", "") or os.path.expanduser("~")

    def _expand(self, text: str) -> str:
        own = text == "~" or text.startswith("~/")
        return os.path.join(os.getcwd(), self._person() + text[1:] if own else text)
