"""Drafts: text that was typed but not sent, saved on disk until it is sent.

Why: docs/decisions/0061-typing-ahead-is-a-draft.md.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from llmchat.errors import LlmchatError
from llmchat.store.atomic import write_private
from llmchat.store.damaged_files import set_aside
from llmchat.store.database.process import alive, myself
from llmchat.store.history.naming import new_id
from llmchat.store.ownership import Warn, no_warning, private_folder
from llmchat.system.opening import ROTTEN, read_regular

DELAY = 0.7  # seconds of typing that a crash may lose; each save takes about 0.2 ms
SUFFIX = ".json"
LARGEST = 32 << 20  # bytes; larger drafts are not read
LAST_PROCESS = 1 << 31


@dataclass(frozen=True, slots=True)
class AbandonedDraft:
    """A draft file, with the process that wrote it."""

    conversation: str
    process: int
    start: str
    text: str


class LineDraft:
    """The unsent text of one session. Each session has its own file; the first session that asks
    for the draft of an ended one takes over its file."""

    def __init__(
        self,
        folder: Path | None,
        conversation: str,
        *,
        unfold: Callable[[str], str] = str,
        tell: Warn = no_warning,
    ) -> None:
        self._path = folder / f"{new_id()}{SUFFIX}" if folder else None
        self.conversation = conversation
        self._unfold = unfold
        self._tell = tell
        self._text = ""
        self._queued: list[str] = []
        self._saved = ""
        self._timer: asyncio.TimerHandle | None = None

    @property
    def text(self) -> str:
        return self._text

    @text.setter
    def text(self, text: str) -> None:
        self._text = text
        self._save_soon()

    @property
    def queued(self) -> tuple[str, ...]:
        """Lines that wait for the current answer, oldest first."""
        return tuple(self._queued)

    @property
    def _whole(self) -> str:
        return "\n".join([*self._queued, self._text]) if self._queued else self._text

    def enqueue(self) -> None:
        """Queues the typed line, to be sent when its turn comes."""
        if self._text.strip():
            self._queued.append(self._text)
            self._text = ""
            self._save_soon()

    def next_queued(self) -> str | None:
        return self._queued.pop(0) if self._queued else None

    def take_back(self, *, last_only: bool = False) -> bool:
        """Puts queued lines back into the line, before what is being typed. Returns whether there
        were any."""
        left = self._queued[:-1] if last_only else []
        back = self._queued[len(left) :]
        if back:
            self._queued = left
            self.text = "\n".join([*back, *([self._text] if self._text else [])])
        return bool(back)

    def put_before(self, text: str) -> None:
        """Puts a refused line before what has been typed since."""
        self.take_back()
        self.text = f"{text}\n{self._text}" if self._text else text

    def _save_soon(self) -> None:
        if self._whole != self._saved and self._timer is None and self._path:
            self._timer = asyncio.get_running_loop().call_later(DELAY, self.save)

    def take(self, *, is_new: bool) -> str:
        """The draft that an ended session left for this conversation; for a new conversation, the
        newest of all."""
        for file in self._abandoned(anything=is_new):
            assert self._path is not None
            try:
                file.rename(self._path)  # the first session that renames it owns it
            except OSError:
                continue
            left = self._read(self._path)
            text = left.text if left else ""
            with suppress(OSError, LlmchatError):
                self._write(self._path, text)  # from now on under our own name
            self._saved = text
            return text
        return ""

    def _abandoned(self, *, anything: bool) -> Iterator[Path]:
        """Drafts of ended sessions, newest first."""
        if self._path is None:
            return
        for file in sorted(self._path.parent.glob(f"*{SUFFIX}"), key=_age, reverse=True):
            left = self._read(file)
            fits = left and (anything or left.conversation == self.conversation)
            if left and fits and not alive(left.process, left.start):
                yield file

    def _read(self, file: Path) -> AbandonedDraft | None:
        try:
            return _draft(read_regular(file, LARGEST))
        except ROTTEN:
            set_aside(file, self._tell)
        except OSError:
            pass
        return None

    def save(self) -> None:
        """Saves the draft now; a disk error must not disturb the typing."""
        if self._timer:
            self._timer.cancel()
            self._timer = None
        whole = self._whole
        if self._path is None or whole == self._saved:
            return
        with suppress(OSError, LlmchatError):
            self._write(self._path, self._unfold(whole))
            self._saved = whole

    def _write(self, path: Path, text: str) -> None:
        """Writes a temporary file and renames it. It is not synced: a power failure may lose a
        draft."""
        if not text.strip():
            path.unlink(missing_ok=True)
            return
        private_folder(path.parent)
        process, start = myself()
        record = {"conversation": self.conversation, "process": process, "start": start}
        content = json.dumps({**record, "text": text}).encode()
        write_private(path, content, durable=False)


def _age(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:
        return 0


def _process(value: object) -> int:
    number = int(str(value))
    if not 0 < number < LAST_PROCESS:
        raise ValueError(value)
    return number


def _draft(content: bytes) -> AbandonedDraft:
    record = json.loads(content)
    return AbandonedDraft(
        str(record["conversation"]),
        _process(record["process"]),
        str(record["start"]),
        str(record["text"]),
    )
