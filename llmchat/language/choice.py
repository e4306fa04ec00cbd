"""Chooses the language: LLMCHAT_LANG, `language` in config.toml, then the system's; English if
llmchat lacks the language or the stream cannot encode it.

config.toml is only scanned: its mistakes are reported elsewhere, in the language found here.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TextIO

from llmchat.language import ENGLISH, PSEUDO

OWN = ("LLMCHAT_LANG", "LLMCHAT_LANGUAGE")
AUTO = "auto"
SYSTEM = ("LC_ALL", "LC_MESSAGES", "LANG")  # the first one that is set decides
SPOKEN = {"en": ENGLISH, "ru": "ru", "zh": "zh_CN", "pseudo": PSEUDO}
LETTERS = {"ru": "Жя", "zh_CN": "是的"}  # letters that the stream must be able to encode
SETTING = re.compile(r"""\A(?:(?![ \t]*\[).*\n)*?[ \t]*language[ \t]*=[ \t]*["'](.*?)["']""")
WINDOWS = {0x19: "ru", 0x04: "zh_CN"}  # the low ten bits of Windows' language id


def language_of(
    environ: Mapping[str, str], stream: TextIO | None, settings: Callable[[], str] = str
) -> str:
    """The person's language, if `stream` can encode it; `settings` is the text of config.toml."""
    named = _first(environ, OWN) or _configured(settings())
    if named in ("", AUTO):
        named = _first(environ, SYSTEM)
    found = spoken(named) if named else _of_windows()
    return found if _can_write(found, stream) else ENGLISH


def _first(environ: Mapping[str, str], names: Sequence[str]) -> str:
    return next((environ[name].strip() for name in names if environ.get(name, "").strip()), "")


def spoken(name: str) -> str:
    """The supported language for a name: `ru_RU.UTF-8` is Russian, `zh-Hans` and `zh_TW` are
    Chinese; any other is English."""
    short = re.split(r"[-_.@]", name.strip().lower())[0]
    return SPOKEN.get(short, ENGLISH)


def _configured(text: str) -> str:
    found = SETTING.match(text)
    return found[1] if found else ""


def _of_windows() -> str:
    if sys.platform != "win32":
        return ENGLISH
    import ctypes  # only on Windows without these variables

    return WINDOWS.get(ctypes.windll.kernel32.GetUserDefaultUILanguage() & 0x3FF, ENGLISH)


def _can_write(language: str, stream: TextIO | None) -> bool:
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        LETTERS.get(language, "").encode(encoding)
    except (LookupError, UnicodeEncodeError):
        return False
    return True
