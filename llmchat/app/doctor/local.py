"""Checks what a model on this machine needs: the extra, an intact file, memory; and what is
running."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

from llmchat.app.doctor.check import Check, failed, ok, warning
from llmchat.app.local import NAME, chosen_file, loaded, machine_of
from llmchat.app.run.context import Context
from llmchat.errors import LlmchatError
from llmchat.language import msg
from llmchat.providers.local import failures
from llmchat.providers.local.files import ModelFile
from llmchat.providers.local.gguf import ModelHeader, check_file
from llmchat.providers.local.hardware import context_of, needed, shown
from llmchat.providers.local.machine import LIBRARY, is_installed


def local_checks(context: Context) -> Iterator[Check]:
    yield _extra()
    try:
        file = chosen_file(context)
        header = check_file(file.path)
    except LlmchatError as error:
        yield failed(NAME, error)
    else:
        said = msg(
            "model: {name}, {kind}, {size}, complete ({path})",
            name=file.name,
            kind=" ".join(filter(None, (header.architecture, header.quantisation))),
            size=shown(file.size),
            path=file.path,
        )
        yield ok(NAME, said)
        yield _memory(context, file, header)
    names = ", ".join(running.name for _, running in loaded(context))
    names = names or msg("none; loaded with the first question")
    yield ok(NAME, msg("running: {names}", names=names))


def _extra() -> Check:
    if not is_installed():
        return failed(NAME, failures.no_extra())
    try:
        return ok(NAME, f"{LIBRARY} {version(LIBRARY)}")
    except PackageNotFoundError:
        return ok(NAME, LIBRARY)


def _memory(context: Context, file: ModelFile, header: ModelHeader) -> Check:
    free = machine_of(context).memory().free
    window = context_of(header, int(context.settings.of(NAME, "context").value))
    takes = needed(header, file.size, window)
    said = msg(
        "memory: needs {takes} with {window:,} tokens of context, {free} free",
        takes=shown(takes),
        window=window,
        free=shown(free),
    )
    if free is None or takes <= free or any(r.name == file.name for _, r in loaded(context)):
        return ok(NAME, said)
    return warning(NAME, said, failures.SMALLER)
