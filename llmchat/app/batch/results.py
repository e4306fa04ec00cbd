"""Where result lines go: the file of --out, which stays valid however the run ends, or stdout.

Each line is appended with a single write, and a thread syncs the file once every half second. The
lines of earlier runs are read before anything is sent: answered prompts are not asked again, failed
lines are removed, and an incomplete last line is repaired.

Why: docs/decisions/0126-batch.md.
"""

from __future__ import annotations

import asyncio
import json
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol, TextIO

from llmchat.app.batch.input.questions import answer_key
from llmchat.app.run.streams import open_stdout, unwritable
from llmchat.errors import LlmchatError, StorageError, UsageError
from llmchat.language import msg
from llmchat.render.json import Lines, json_text
from llmchat.store.atomic import sync_folder, write_plain
from llmchat.store.disk_backed_set import DiskBackedSet
from llmchat.store.lock import FileLock
from llmchat.system.opening import is_folder, is_there, open_descriptor, open_regular

SYNC_PAUSE = 0.5  # seconds of lines that a power failure may lose
LARGEST_LINE = 128 * 1024 * 1024  # an answer of 24 MB, escaped, with its reasoning
DISK_HINT = msg("free some disk space, then continue with --resume")


class Results(Protocol):
    """Takes each result line once."""

    def write(self, line: dict[str, Any]) -> None: ...


class StdoutLines:
    """Without --out: writes each line to stdout and flushes."""

    def __init__(self, stdout: TextIO) -> None:
        self._lines = Lines(stdout)

    def write(self, line: dict[str, Any]) -> None:
        try:
            self._lines.write(line)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise unwritable(error) from error


class FileOrStdout:
    """With --out: lines that cannot be written to the file go to stdout, so that no answer is lost;
    `clear` first removes what is drawn there."""

    def __init__(self, out: OutFile, stdout: TextIO | None, clear: Callable[[], None]) -> None:
        self._out = out
        self._stdout = stdout
        self._clear = clear
        self._failed = False

    def write(self, line: dict[str, Any]) -> None:
        if self._failed:
            self._say(line)
            return
        try:
            self._out.write(line)
        except StorageError as error:
            self._failed = True
            self._say(line)
            error.hint = msg("the last answers went to stdout; {hint}", hint=error.hint)
            raise

    def _say(self, line: dict[str, Any]) -> None:
        self._clear()
        with suppress(LlmchatError):  # the file's error is reported
            StdoutLines(open_stdout(self._stdout)).write(line)


class InOrder:
    """Writes lines in the order of the input: early ones are kept back, and no job may run further
    ahead than the window."""

    def __init__(self, results: Results, window: int) -> None:
        self._results = results
        self._window = window
        self._held: dict[int, dict[str, Any] | None] = {}
        self._next = 0
        self._change = asyncio.Event()

    async def room(self, number: int) -> None:
        """Waits until this prompt is inside the window after the oldest missing one."""
        while number - self._next >= self._window:
            await self._change.wait()

    def put(self, number: int, line: dict[str, Any] | None) -> None:
        """Takes a line; None if the prompt was not asked after all."""
        self._held[number] = line
        while self._next in self._held:
            self._pass_on(self._next)
            self._next += 1
        self._change.set()
        self._change = asyncio.Event()

    def flush(self) -> None:
        """Writes the lines that were kept back for an earlier one that will not come."""
        for number in sorted(self._held):
            self._pass_on(number)

    def _pass_on(self, number: int) -> None:
        line = self._held.pop(number)
        if line is not None:
            self._results.write(line)


class OutFile:
    """The file of --out, locked by one batch."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock: FileLock | None = None
        self._descriptor = -1
        self._size = 0
        self._sync: asyncio.Task[None] | None = None
        self.answered = DiskBackedSet()

    def lock(self) -> None:
        """Locks the file before it is read; two batches would mix their lines."""
        try:
            mode = self._path.stat().st_mode
        except FileNotFoundError:
            mode = stat.S_IFREG
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or msg("not a file name")
            raise UsageError(
                msg("{path}: {reason}", path=self._path, reason=reason),
                hint=msg("choose another --out"),
            ) from error
        if not stat.S_ISREG(mode):
            raise UsageError(
                msg("{path} is not a file", path=self._path), hint=msg("choose another --out")
            )
        if not is_folder(self._path.parent):
            problem = msg("{path} is in a folder that does not exist", path=self._path)
            raise UsageError(problem, hint=msg("create it, or choose another --out"))
        lock = FileLock(self._path.with_name(f".{self._path.name}.lock"), guards=self._path)
        if not lock.acquire():
            raise StorageError(
                msg("another batch is writing {path}", path=self._path),
                hint=msg("wait for it to finish, or choose another --out"),
            )
        self._lock = lock

    def recall(self, *, resumes: bool) -> int:
        """Reads which prompts are already answered, without changing the file. Returns the number
        of failed lines."""
        if not is_there(self._path) or not self._path.stat().st_size:
            return 0
        if not resumes:
            raise UsageError(
                msg("{path} exists already", path=self._path),
                hint=msg("continue it with --resume, or choose another"),
            )
        failed = 0
        try:
            for _, line in self._parsed():
                if line.get("error") is None:
                    self.answered.add(_key(line))
                else:
                    failed += 1
        except OSError as error:
            reason = error.strerror or str(error)
            raise StorageError(
                msg("cannot read {path}: {reason}", path=self._path, reason=reason),
                hint=msg("check its permissions"),
            ) from error
        return failed

    def open(self, *, failed: int) -> None:
        """Repairs the end, removes the `failed` lines, which are asked again, and opens the
        file."""
        try:
            if failed:
                write_plain(self._path, self._kept())
            flags = os.O_RDWR | os.O_CREAT | os.O_APPEND
            self._descriptor = open_descriptor(self._path, flags, mode=0o666)
            sync_folder(self._path.parent)
            self._mend()
            self._size = os.fstat(self._descriptor).st_size
        except OSError as error:
            raise self._unwritable(error) from error

    def write(self, line: dict[str, Any]) -> None:
        data = (json_text(line, tty=False) + "\n").encode("utf-8", "replace")
        try:
            left = memoryview(data)
            while left:
                left = left[os.write(self._descriptor, left) :]
        except OSError as error:
            with suppress(OSError):  # do not leave half a line
                os.ftruncate(self._descriptor, self._size)
            raise self._unwritable(error) from error
        self._size += len(data)
        if self._sync is None or self._sync.done():
            self._sync = asyncio.get_running_loop().create_task(self._sync_later())

    def close(self) -> None:
        """Syncs and closes the file."""
        if self._sync and not self._sync.done():
            self._sync.cancel()
        if self._descriptor >= 0:
            with suppress(OSError):  # some file systems do not support it
                os.fsync(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = -1
        self.answered.close()
        if self._lock:
            self._lock.release()

    async def _sync_later(self) -> None:
        await asyncio.sleep(SYNC_PAUSE)
        await asyncio.to_thread(_synced, os.dup(self._descriptor))

    def _kept(self) -> Iterator[bytes]:
        for raw, line in self._parsed():
            if line.get("error") is None:
                yield raw

    def _parsed(self) -> Iterator[tuple[bytes, dict[str, Any]]]:
        """The complete lines with their objects; raises an error if the file does not come from a
        batch, before it is changed."""
        with open_regular(self._path) as file:
            number = 0
            while raw := file.readline(LARGEST_LINE):
                number += 1
                line = _object_of(raw)
                if line is not None and "input_sha256" in line:
                    yield raw if raw.endswith(b"\n") else raw + b"\n", line
                elif raw.endswith(b"\n") or len(raw) == LARGEST_LINE:
                    problem = msg(
                        "{path}:{number} is not a line of llmchat batch",
                        path=self._path,
                        number=number,
                    )
                    raise UsageError(problem, hint=msg("choose another --out"))

    def _mend(self) -> None:
        """Repairs the last line if the process was killed while writing it: removes it, or adds its
        newline if only that is missing."""
        size = os.fstat(self._descriptor).st_size
        with open(self._descriptor, "rb", closefd=False) as file:
            start = _start_of_last_line(file, size)
            if start == size:
                return
            file.seek(start)
            whole = _object_of(file.read()) is not None
        if whole:
            os.write(self._descriptor, b"\n")
        else:
            os.ftruncate(self._descriptor, start)

    def _unwritable(self, error: OSError) -> StorageError:
        reason = error.strerror or str(error)
        return StorageError(
            msg("cannot write {path}: {reason}", path=self._path, reason=reason), hint=DISK_HINT
        )


def _synced(descriptor: int) -> None:
    """Syncs the file on a descriptor of its own, which nothing else closes or reuses meanwhile."""
    try:
        with suppress(OSError):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _object_of(raw: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _key(line: dict[str, Any]) -> bytes:
    return answer_key(*(str(line.get(k)) for k in ("id", "input_sha256", "settings_sha256")))


def _start_of_last_line(file: Any, size: int) -> int:
    """The position after the last newline; the size if the file ends with one."""
    block, end = 64 * 1024, size
    while end > 0:
        start = max(0, end - block)
        file.seek(start)
        found: int = file.read(end - start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0
