"""Stores conversations on disk during an import, and returns them by age.

A search orders messages by number, so the oldest conversation must be added first; and nothing is
added before the whole file has been read without errors.
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
    """A temporary file without a name."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = str(folder or tempfile.gettempdir())
        with self._told():
            self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115  # closed in __exit__
        self._places: list[tuple[float, int, int]] = []  # time, position, bytes

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):  # a full disk was reported when writing
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
        """Raises an error that blames our disk, not the imported file."""
        try:
            yield
        except OSError as error:
            raise storage_error(error, self._folder) from error

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[Portable]:
        """The conversations, oldest first; those of the same time in their original order."""
        self._places.sort()
        for _, place, size in self._places:
            self._file.seek(place)
            yield marshal.loads(self._file.read(size))  # written by `fill`
