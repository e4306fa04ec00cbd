"""Conversations on the way in: on the disk instead of in memory, and back by their age.

A search takes the newest messages by their numbers, so the oldest conversation goes in first; and
nothing goes in before the whole file was read and understood.
"""

from __future__ import annotations

import marshal
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from llmchat.store.database.database import storage_error
from llmchat.store.history.merging.portable import Portable


class Spool:
    """A nameless file, gone with whoever opened it."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = str(folder or tempfile.gettempdir())
        with self._told():
            self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115  # closed in __exit__
        self._places: list[tuple[float, int, int]] = []  # moment, place, bytes

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):  # a full disk was told when it was filled
            self._file.close()

    def fill(self, found: Iterable[Portable]) -> None:
        for conversation in found:
            content = marshal.dumps(dict(conversation))
            with self._told():
                self._places.append((conversation["updated"], self._file.tell(), len(content)))
                self._file.write(content)
        with self._told():
            self._file.flush()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Our disk is full or read-only: the file that is read has nothing to do with it."""
        try:
            yield
        except OSError as error:
            raise storage_error(error, self._folder) from error

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[Portable]:
        """The oldest first; those of the same moment as they came."""
        self._places.sort()
        for _, place, size in self._places:
            self._file.seek(place)
            yield marshal.loads(self._file.read(size))  # what `fill` has written
