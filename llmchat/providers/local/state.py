"""The note about a running model: its address and key, and the lock that its process holds.

The lock shows whether the process runs: the kernel releases it with the process, however that ends.
The note is trusted only while the lock is held, so that no question and no key reaches another
program that uses the port later.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from llmchat.errors import StorageError
from llmchat.store.lock import FileLock
from llmchat.store.ownership import private_folder
from llmchat.store.private.files import change_private, read_private
from llmchat.system.opening import open_regular

LAST_WORDS = 16_384  # bytes read from the end of a log


@dataclass(frozen=True, slots=True)
class RunningModel:
    """A running model; `loaded` are the options it was loaded with."""

    pid: int
    address: str
    key: str
    name: str
    path: str
    keep_alive: float
    loaded: str


class ModelSlot:
    """The files of one model: note, lock and log."""

    def __init__(self, folder: Path, id_: str) -> None:
        self.note = folder / f"{id_}.json"
        self.log = folder / f"{id_}.log"
        self._lock = folder / f"{id_}.lock"

    def lock(self) -> FileLock:
        """The lock that the serving process holds."""
        return FileLock(self._lock)

    def is_held(self) -> bool:
        """Whether a process is loading or serving the model."""
        lock = self.lock()
        try:
            return not lock.acquire()
        except StorageError:
            return False
        finally:
            lock.release()

    def read(self) -> RunningModel | None:
        """The note, which may be outdated."""
        with suppress(StorageError, ValueError, TypeError, RecursionError):
            content = read_private(self.note)
            return RunningModel(**json.loads(content)) if content else None
        return None

    def running(self) -> RunningModel | None:
        """The running model; None if none is."""
        noted = self.read()
        return noted if noted and self.is_held() else None

    def prepare(self) -> None:
        private_folder(self.note.parent)

    def write(self, running: RunningModel) -> None:
        content = json.dumps(asdict(running)).encode()
        change_private(self.note, lambda _: content)

    def keep(self, running: RunningModel, seconds: float) -> None:
        """Changes how long the process stays, if it is still the same one."""

        def changed(before: bytes | None) -> bytes | None:
            if before is None or json.loads(before).get("key") != running.key:
                return before
            return json.dumps(asdict(replace(running, keep_alive=seconds))).encode()

        with suppress(StorageError, ValueError, AttributeError, RecursionError):
            change_private(self.note, changed)

    def forget(self) -> None:
        """Removes the note, which ends the process."""
        with suppress(OSError):
            self.note.unlink()

    def last_words(self) -> str:
        """The last error in the log, else the last line printed by whatever ended the process."""
        with suppress(OSError):
            with open_regular(self.log) as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - LAST_WORDS))
                lines = file.read().decode("utf-8", "replace").splitlines()
            said = [text for level, text in map(_parted, lines) if level in ("", "E") and text]
            return said[-1] if said else ""
        return ""


def _parted(line: str) -> tuple[str, str]:
    """Splits `0.00.043.109 E llama_model_load: error` into level and text."""
    time, _, rest = line.strip().partition(" ")
    level, _, text = rest.partition(" ")
    is_log = time.replace(".", "").isdecimal() and len(level) == 1
    return (level, " ".join(text.split())) if is_log else ("", " ".join(line.split()))


def slots(folder: Path) -> Iterator[ModelSlot]:
    """The slots of all models with a note."""
    for note in sorted(folder.glob("*.json")) if folder.is_dir() else ():
        yield ModelSlot(folder, note.stem)
