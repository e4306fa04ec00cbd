"""Starts the process for a model, or finds the running one; there is one per model and user.

Why: docs/decisions/0131-a-model-in-a-process-of-ours.md.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llmchat.errors import LlmchatError
from llmchat.language import msg
from llmchat.providers.local import failures
from llmchat.providers.local.files import ModelFile
from llmchat.providers.local.gguf import check_file
from llmchat.providers.local.hardware import context_of, needed, windows_of
from llmchat.providers.local.machine import Machine
from llmchat.providers.local.state import ModelSlot, RunningModel
from llmchat.system.opening import open_descriptor
from llmchat.system.programs import start
from llmchat.values.endpoint import Loading
from llmchat.values.events import Stage

if TYPE_CHECKING:
    from llmchat.providers.local.gguf import ModelHeader

PAUSE = 0.05  # seconds between two checks of a model that another llmchat loads
FRAME = 0.1  # seconds between two updates of the progress
PATIENCE = 300.0  # seconds without progress until loading is given up
TO_DIE = 0.5  # seconds; a process may end this long after its connections
TO_END = 10.0  # seconds for a process to end after it was told to


@dataclass(frozen=True, slots=True)
class WantedModel:
    """A model, and the options to load it with."""

    file: ModelFile
    loading: Loading
    embeds: bool = False

    @property
    def id(self) -> str:
        """An id for the file and the purpose."""
        true = os.path.realpath(self.file.path) + ("\0embeddings" if self.embeds else "")
        return sha256(true.encode("utf-8", "surrogateescape")).hexdigest()[:16]

    @property
    def loaded(self) -> str:
        """The options that must be equal to share a process."""
        status = self.file.path.stat()
        loading = self.loading
        parts = (status.st_size, status.st_mtime_ns, loading.context, loading.threads)
        return " ".join(map(str, (*parts, loading.gpu_layers, self.file.eyes or "")))


class ModelServer:
    """Connects to the process of a model, starting it if needed."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._started: dict[str, subprocess.Popen[str]] = {}

    def slot(self, wanted: WantedModel) -> ModelSlot:
        return ModelSlot(self._machine.state, wanted.id)

    async def reach(self, wanted: WantedModel) -> AsyncGenerator[Stage | RunningModel, None]:
        """Yields the stages of loading, if the model must be loaded, and finally the running
        model."""
        slot = self.slot(wanted)
        while True:
            running = slot.running()
            if running and running.loaded == wanted.loaded:
                if wanted.loading.keep_alive not in (0, running.keep_alive):
                    slot.keep(running, wanted.loading.keep_alive)
                yield running
                return
            if running:
                # It was loaded with other options, so it ends after its current answers.
                slot.keep(running, 0)
            elif not slot.is_held():
                async for stage in self._start(slot, wanted):
                    yield stage
                continue
            yield Stage(msg("waiting for {name}", name=wanted.file.name), patience=PATIENCE)
            await asyncio.sleep(PAUSE)

    def answered(self, wanted: WantedModel, running: RunningModel) -> None:
        """Called after an answer: with `keep_alive = 0` the model may end."""
        self._let_go(wanted.id)
        if not wanted.loading.keep_alive and running.keep_alive:
            self.slot(wanted).keep(running, 0)

    async def is_there(self, wanted: WantedModel) -> bool:
        """Whether the process is running; it may end shortly after its connections."""
        slot, end = self.slot(wanted), time.monotonic() + TO_DIE
        while slot.is_held():
            if time.monotonic() > end:
                return True
            await asyncio.sleep(PAUSE)
        return False

    def how_it_ended(self, wanted: WantedModel) -> LlmchatError:
        """The error for a process that ended."""
        process = self._started.get(wanted.id)
        slot = self.slot(wanted)
        return failures.ended(wanted.file.name, _how(process), slot.last_words(), slot.log)

    def close(self) -> None:
        for id_ in list(self._started):
            self._let_go(id_)

    def _let_go(self, id_: str) -> None:
        process = self._started.get(id_)
        if process and process.stdin:
            with suppress(OSError):
                process.stdin.close()

    async def _start(self, slot: ModelSlot, wanted: WantedModel) -> AsyncGenerator[Stage, None]:
        """Loads the model; raises what is wrong with the file, the machine or the extra."""
        if not self._machine.installed():
            raise failures.no_extra()
        yield Stage(msg("loading {name}", name=wanted.file.name), patience=PATIENCE)
        header = check_file(wanted.file.path)
        slot.prepare()
        process = self._spawn(slot)
        self._let_go(wanted.id)
        self._started[wanted.id] = process
        said = asyncio.create_task(asyncio.to_thread(_told, process, self._orders(wanted, header)))
        try:
            shown = 0
            while not (await asyncio.wait({said}, timeout=FRAME))[0]:
                percent = _percent(process.pid, wanted.file.size)
                if percent != shown:
                    shown = percent
                    yield Stage(
                        msg("loading {name}, {percent} %", name=wanted.file.name, percent=percent),
                        patience=PATIENCE,
                    )
            self._check(said.result(), wanted, slot, process)
        except BaseException:
            process.kill()  # nobody is waiting for it any more
            raise
        if wanted.loading.keep_alive:
            self._let_go(wanted.id)
        yield Stage(msg("asking {name}", name=wanted.file.name))

    def _check(
        self,
        said: dict[str, Any],
        wanted: WantedModel,
        slot: ModelSlot,
        process: subprocess.Popen[str],
    ) -> None:
        state = str(said.get("state", ""))
        if state in ("ready", "busy"):
            return
        with suppress(subprocess.TimeoutExpired):
            process.wait(TO_END)
        why = str(said.get("why", "")) or slot.last_words()
        name = wanted.file.name
        raise failures.reported(state, name, why, how=_how(process), log=slot.log)

    def _spawn(self, slot: ModelSlot) -> subprocess.Popen[str]:
        """Starts the process in its own session, so that Ctrl-C and closing the terminal do not end
        it."""
        apart: dict[str, Any] = {"start_new_session": True}
        if sys.platform == "win32":
            apart = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        with open(open_descriptor(slot.log, flags, follow=False), "wb") as log:
            return subprocess.Popen(
                **start(self._machine.child, self._machine.environ_of_child),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                encoding="utf-8",
                **apart,
            )

    def _orders(self, wanted: WantedModel, header: ModelHeader) -> str:
        file, loading = wanted.file, wanted.loading
        context, free = context_of(header, loading.context), self._machine.memory().free
        return json.dumps(
            {
                "folder": str(self._machine.state),
                "id": wanted.id,
                "path": os.path.realpath(file.path),
                "eyes": str(file.eyes or ""),
                "name": file.name,
                "key": secrets.token_hex(32),
                "loaded": wanted.loaded,
                "keep_alive": loading.keep_alive,
                "context": context,
                "windows": windows_of(header, file.size, context, free),
                "threads": loading.threads,
                "gpu_layers": loading.gpu_layers,
                "embeds": wanted.embeds,
                "needed": needed(header, file.size, context),
                "free": free,
            }
        )


def _told(process: subprocess.Popen[str], orders: str) -> dict[str, Any]:
    """What the child reports once the model is loaded; {} if it ended without a report."""
    assert process.stdin
    assert process.stdout
    with suppress(OSError, ValueError):
        process.stdin.write(orders + "\n")
        process.stdin.flush()
        with process.stdout as stdout:
            said = json.loads(stdout.readline())
            return said if isinstance(said, dict) else {}
    return {}


def _how(process: subprocess.Popen[str] | None) -> str:
    code = None
    if process:
        with suppress(subprocess.TimeoutExpired):
            code = process.wait(TO_DIE)  # it releases its lock slightly earlier
    if code is None:
        return "unexpectedly"
    return msg("signal {code}", code=-code) if code < 0 else msg("exit code {code}", code=code)


def _percent(pid: int, size: int) -> int:
    """How much of the file is in the process's memory, if Linux reports it."""
    with suppress(OSError, ValueError, IndexError):
        pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
        return min(99, pages * os.sysconf("SC_PAGE_SIZE") * 100 // max(size, 1))
    return 0
