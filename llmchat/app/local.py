"""Models on this machine: which files exist, which models are loaded, and the provider that asks
them."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmchat.errors import LlmchatError, StorageError
from llmchat.language import msg
from llmchat.providers.local import files
from llmchat.providers.local.gguf import read_header
from llmchat.providers.local.hardware import context_of, needed
from llmchat.providers.local.machine import Machine, is_installed
from llmchat.providers.local.state import ModelSlot, RunningModel, slots

if TYPE_CHECKING:
    import httpx

    from llmchat.app.run.context import Context
    from llmchat.providers.local.service import Local
    from llmchat.values.endpoint import Endpoint

NAME = "local"
TO_END = 10.0  # seconds for a model to end
PAUSE = 0.02


@dataclass(frozen=True, slots=True)
class LocalModel:
    """A model file as described by its header; `problem` is what is wrong with it."""

    name: str
    path: str
    place: str
    size: int
    quantisation: str = ""
    context: int = 0  # context window it would be loaded with
    largest_context: int = 0
    needed: int = 0
    free: int | None = None
    fits: bool = True
    pictures: bool = False
    answers: bool = True
    running: bool = False
    default: bool = False
    problem: str = ""


def machine_of(context: Context) -> Machine:
    world = context.world
    return Machine.of(context.paths, world.environ, world.cwd)


def open_local(
    context: Context, endpoint: Endpoint, *, http: httpx.AsyncBaseTransport | None
) -> Local:
    from llmchat.providers.local.service import Local  # httpx, so only when it is asked

    return Local(endpoint, name=NAME, http=http, machine=machine_of(context))


def is_ready(context: Context) -> bool:
    """Whether a question could be answered here: the extra is installed, and there is a model."""
    if not is_installed():
        return False
    try:
        files.default(machine_of(context))
    except LlmchatError:
        return False
    return True


def model_names(context: Context) -> list[str]:
    return [file.name for file in files.found(machine_of(context))]


def window(context: Context, model: str) -> int:
    """The window in tokens that a model is loaded with; 0 if it does not exist."""
    try:
        chosen = chosen_file(context, model)
        return context_of(read_header(chosen.path), 0)
    except LlmchatError:
        return 0


def chosen_file(context: Context, model: str = "") -> files.ModelFile:
    """The model file that would be used."""
    machine = machine_of(context)
    named = model or str(context.settings.chooser.model_for(NAME).value)
    return files.named(named, machine) if named else files.default(machine)


def list_local(context: Context) -> list[LocalModel]:
    """All models on this machine, with the default one marked."""
    machine = machine_of(context)
    running = {noted.path for _, noted in loaded(context)}
    try:
        default = chosen_file(context)
    except LlmchatError:
        default = None
    free = machine.memory().free
    wanted = int(context.settings.of(NAME, "context").value)
    rows = list(files.found(machine))
    if default and default.path not in [file.path for file in rows]:
        rows.insert(0, default)
    return [
        _described(file, wanted, free, running=running, default=default and default.path)
        for file in rows
    ]


def _described(
    file: files.ModelFile,
    wanted: int,
    free: int | None,
    *,
    running: set[str],
    default: object,
) -> LocalModel:
    path = str(file.path)
    try:
        size, header = file.size, read_header(file.path)
    except (LlmchatError, OSError) as error:
        known = error.message if isinstance(error, LlmchatError) else error.strerror
        why = known or "unreadable"
        return LocalModel(file.name, path, file.place, 0, problem=why, answers=False)
    context = context_of(header, wanted)
    takes = needed(header, size, context)
    is_running = os.path.realpath(path) in running
    return LocalModel(
        name=file.name,
        path=path,
        place=file.place,
        size=size,
        quantisation=header.quantisation,
        context=context,
        largest_context=header.context,
        needed=takes,
        free=free,
        fits=is_running or free is None or takes <= free,
        pictures=file.eyes is not None,
        answers=header.answers,
        running=is_running,
        default=file.path == default,
    )


def loaded(context: Context) -> Iterator[tuple[ModelSlot, RunningModel]]:
    """The loaded models, with what is recorded about them."""
    for slot in slots(context.paths.local_state):
        noted = slot.running()
        if noted:
            yield slot, noted


def stop(context: Context) -> list[str]:
    """Ends every loaded model; returns the names of those that ended."""
    told = list(loaded(context))
    for slot, _ in told:
        slot.forget()
    end = time.monotonic() + TO_END
    for slot, noted in told:
        while slot.is_held():
            if time.monotonic() > end:
                raise StorageError(
                    msg("{name} did not end within {to_end:g} s", name=noted.name, to_end=TO_END),
                    hint=msg("end its process: {pid}", pid=noted.pid),
                )
            time.sleep(PAUSE)
    return [noted.name for _, noted in told]
