"""A parsed TOML file: its text, its table, and the line of each key."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from llmchat.errors import ConfigError
from llmchat.language import msg

LARGEST = 1_000_000  # bytes; a settings file is not larger
LARGEST_OF_OTHERS = 64_000  # bytes of a file in a repository: tomllib is slow with unusual files
DEEPEST = 32  # parts of a dotted key; tomllib takes 6 GB for one of 50,000
PART = r"""[\w"'-]++[ \t]*+"""
DEEP_KEY = re.compile(rf"""(?<![\w"'-])(?:{PART}\.[ \t]*+){{{DEEPEST}}}""")
EDIT_HINT = msg("llmchat config edit")
CORRECT_HINT = msg("correct the file")  # for files that `config edit` does not open


@dataclass(frozen=True, slots=True)
class Document:
    path: Path
    text: str = field(repr=False)  # it may contain a key
    table: Mapping[str, Any] = field(repr=False)
    hint: str = EDIT_HINT  # how to correct a mistake

    def line_of(self, *keys: str) -> int:
        from llmchat.settings.toml import lines  # 1 ms, only for mistakes and lists

        return lines.line_of(self.text, keys)

    def get(self, *keys: str) -> Any:
        return value_at(self.table, keys)

    def error(self, keys: tuple[str, ...], problem: str) -> ConfigError:
        line = self.line_of(*keys)
        message = msg("{path}:{line}: {problem}", path=self.path, line=line, problem=problem)
        error = ConfigError(message, hint=self.hint)
        error.line, error.problem = line, problem
        return error


def value_at(table: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    """The value at a path of keys; None if there is none."""
    found: Any = table
    for key in path:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found


def read_document(path: Path, *, most: int = LARGEST, hint: str = EDIT_HINT) -> Document | None:
    """Reads a file; None if there is none. A syntax error is a ConfigError with its line."""
    text = read_text(path, most=most, hint=hint)
    return None if text is None else parse_document(text, path, hint=hint)


def read_text(path: Path, *, most: int = LARGEST, hint: str = EDIT_HINT) -> str | None:
    """The text of a file with its original line ends, without a byte order mark."""
    try:
        if path.is_file():  # every question runs this, so import no more of our files than needed
            with path.open("rb") as file:
                content = file.read(most + 1)
        else:
            from llmchat.system.opening import read_regular  # its error says what it is instead

            content = read_regular(path, most + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        reason = error.strerror or msg("cannot be read")
        raise ConfigError(
            msg("{path}: {reason}", path=path, reason=reason), hint=msg("llmchat config path")
        ) from error
    if len(content) > most:
        raise ConfigError(
            msg("{path}: too large for a settings file", path=path), hint=msg("llmchat config path")
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError(
            msg("{path}:{line}: not UTF-8 text", path=path, line=line), hint=hint
        ) from error


def parse_document(text: str, path: Path, *, hint: str = EDIT_HINT) -> Document:
    import tomllib  # 2.3 ms, only with a settings file

    if deep := DEEP_KEY.search(text):
        line = text.count("\n", 0, deep.start()) + 1
        raise ConfigError(msg("{path}:{line}: nested too deeply", path=path, line=line), hint=hint)
    try:
        return Document(path, text, tomllib.loads(text), hint)
    except ValueError as error:  # also for a number of 5,000 digits
        raise ConfigError(_broken(text, path, str(error)), hint=hint) from error
    except RecursionError as error:
        raise ConfigError(msg("{path}: nested too deeply", path=path), hint=hint) from error


def _broken(text: str, path: Path, reason: str) -> str:
    """The error for tomllib's `... (at line 3, column 8)` or `... (at end of document)`."""
    what, _, place = reason.partition(" (at ")
    number = place.partition("line ")[2].partition(",")[0]
    line = int(number) if number.isdigit() else text.count("\n") + 1
    return msg("{path}:{line}: {text}", path=path, line=line, text=what[:1].lower() + what[1:])
