"""Where the lines of a batch go: the file of --out, which survives any end, or stdout.

A line is appended whole by one write. A thread waits for the disk, once for all lines of half a
second. What an earlier run left is read before anything is sent: answered prompts are not asked
again, failed lines are removed, and a torn last line is repaired.

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
from llmchat.store.disk_set import DiskSet
from llmchat.store.lock import FileLock
from llmchat.system.opening import is_folder, is_there, open_descriptor, open_regular

SYNC_PAUSE = 0.5  # seconds of lines that a power failure may cost
LARGEST_LINE = 128 * 1024 * 1024  # an answer of 24 MB, escaped, with its reasoning
DISK_HINT = msg("free some disk space, then continue with --resume")


class Results(Protocol):
    """Takes each line once."""

    def write(self, line: dict[str, Any]) -> None: ...


class StdoutLines:
    """Without --out: each line on stdout, flushed."""

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
    """With --out: what the file cannot take any more goes to stdout, so that no answer is lost;
    `clear` takes away what may stand in the line there."""

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
        with suppress(LlmchatError):  # what is wrong with the file is told
            StdoutLines(open_stdout(self._stdout)).write(line)


class InOrder:
    """Puts lines into the order of the input: early ones wait here, and no job runs further ahead
    than the window."""

    def __init__(self, results: Results, window: int) -> None:
        self._results = results
        self._window = window
        self._held: dict[int, dict[str, Any] | None] = {}
        self._next = 0
        self._change = asyncio.Event()

    async def room(self, number: int) -> None:
        """Waits until this one is near enough to the oldest that is still missing."""
        while number - self._next >= self._window:
            await self._change.wait()

    def put(self, number: int, line: dict[str, Any] | None) -> None:
        """None is a prompt that was not asked after all."""
        self._held[number] = line
        while self._next in self._held:
            self._pass_on(self._next)
            self._next += 1
        self._change.set()
        self._change = asyncio.Event()

    def flush(self) -> None:
        """Writes the lines that still wait for an earlier one that will never come."""
        for number in sorted(self._held):
            self._pass_on(number)

    def _pass_on(self, number: int) -> None:
        line = self._held.pop(number)
        if line is not None:
            self._results.write(line)


class OutFile:
    """The file of --out, locked for one batch."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock: FileLock | None = None
        self._descriptor = -1
        self._size = 0
        self._sync: asyncio.Task[None] | None = None
        self.answered = DiskSet()

    def lock(self) -> None:
        """Before it is looked at; two batches would mix their lines."""
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
        """Reads what is answered already; nothing is changed yet. Returns the failed lines."""
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
        """Mends the end, drops the `failed` lines, which are asked again, and opens the file."""
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
            with suppress(OSError):  # half a line would be one that nobody can read
                os.ftruncate(self._descriptor, self._size)
            raise self._unwritable(error) from error
        self._size += len(data)
        if self._sync is None or self._sync.done():
            self._sync = asyncio.get_running_loop().create_task(self._sync_later())

    def close(self) -> None:
        """Behind the last line; the disk has them all."""
        if self._sync and not self._sync.done():
            self._sync.cancel()
        if self._descriptor >= 0:
            with suppress(OSError):  # some file systems cannot
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
        """The whole lines; if the file is not from a batch, that is reported before anything is
        added to it."""
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
        """A last line without its end was torn when the process was killed; one that is whole but
        for its newline gets it."""
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
    """A separate descriptor, which nothing else closes or reuses meanwhile."""
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
    """Behind the last newline; the size itself where the file ends with one."""
    block, end = 64 * 1024, size
    while end > 0:
        start = max(0, end - block)
        file.seek(start)
        found: int = file.read(end - start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0
