"""The input history: one file for all terminals, without lines that contain secrets."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from prompt_toolkit.history import History

from llmchat.errors import LlmchatError
from llmchat.privacy.secrets import secrets_in
from llmchat.repl.input.pastes import Pastes
from llmchat.store.atomic import write_private
from llmchat.store.lock import locked
from llmchat.store.ownership import private_folder
from llmchat.system.opening import open_descriptor, open_regular

LONGEST_LINE = 16_000  # characters; larger messages are saved in the conversation's history anyway
READ_BYTES = 1_000_000  # about ten thousand lines
LARGEST_FILE = 4 * READ_BYTES
PATIENCE = 0.5  # seconds to wait for the lock; after that the line is only kept in memory
FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT


class InputHistory(History):
    """The history for prompt_toolkit: one JSON string per line, appended. With `path` None nothing
    is written to disk."""

    def __init__(self, path: Path | None, pastes: Pastes) -> None:
        super().__init__()
        self._path = path
        self._pastes = pastes
        self._read_to = 0
        self.is_first = path is not None and not os.access(path, os.F_OK)

    def load_history_strings(self) -> Iterable[str]:
        """Entries from newest to oldest, without repetitions in a row."""
        if self._path is None:
            return []
        self._shorten(self._path)
        self._read_to = max(0, _size(self._path) - READ_BYTES)
        return reversed(self._read(self._path))

    def news(self) -> list[str]:
        """Entries that other terminals have added since the last read, oldest first."""
        if self._path is None:
            return []
        fresh = self._read(self._path)
        for line in fresh:
            self._loaded_strings.insert(0, line)
        return fresh

    def append_string(self, string: str) -> None:
        self.news()
        if self._loaded_strings[:1] != [string]:
            super().append_string(string)

    def store_string(self, string: str) -> None:
        text = self._pastes.unfold(string)
        if self._path is None or len(text) > LONGEST_LINE or secrets_in(text):
            return
        with suppress(OSError, LlmchatError):  # a full disk must not disturb the session
            self._append(self._path, json.dumps(text).encode() + b"\n")

    def _append(self, path: Path, line: bytes) -> None:
        private_folder(path.parent)
        with locked(path, patience=PATIENCE):
            end = _size(path)
            descriptor = open_descriptor(path, FLAGS)
            try:
                os.write(descriptor, line)
            finally:
                os.close(descriptor)
            if self._read_to == end:  # otherwise the next read finds it among the others'
                self._read_to = end + len(line)

    def _read(self, path: Path) -> list[str]:
        """Reads from where the last read ended; an incomplete line is left for the next one."""
        size = _size(path)
        if size < self._read_to:  # another terminal shortened it
            self._read_to = size
        if size == self._read_to:
            return []
        try:
            with open_regular(path) as file:
                file.seek(self._read_to)
                content = file.read()
        except OSError:
            return []
        whole = content[: content.rfind(b"\n") + 1]
        self._read_to += len(whole)
        return [self._pastes.fold(line) for line in _decoded(whole)]

    def _shorten(self, path: Path) -> None:
        if _size(path) <= LARGEST_FILE:
            return
        with suppress(OSError, LlmchatError), locked(path, patience=PATIENCE):
            content = _end(path)
            write_private(path, content[content.find(b"\n") + 1 :], durable=False)


def _end(path: Path) -> bytes:
    with open_regular(path) as file:
        file.seek(max(0, _size(path) - 2 * READ_BYTES))
        return file.read(2 * READ_BYTES)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _decoded(content: bytes) -> list[str]:
    found: list[str] = []
    for line in content.splitlines():
        with suppress(ValueError, RecursionError):
            text = json.loads(line)
            if isinstance(text, str) and found[-1:] != [text]:
                found.append(text)
    return found
