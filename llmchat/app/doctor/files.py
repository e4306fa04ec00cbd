"""Checks llmchat's files and folders: existence, permissions, damage, settings."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from llmchat.app.doctor.check import Check, failed, ok, skipped, warning
from llmchat.app.run.context import Context
from llmchat.errors import LlmchatError, StorageError
from llmchat.language import msg
from llmchat.root_certificate import RUSSIAN_ROOT, fingerprints, russian_root
from llmchat.store.private.access_tokens import FileTokens
from llmchat.store.private.certificate import keep_copy
from llmchat.store.private.credentials import Credentials
from llmchat.store.private.files import read_private

LITTLE = 50 * 1024 * 1024  # bytes free on the disk
MENDED = msg("fixed just now; others could read it, so consider replacing the key")
SETTINGS = msg("settings")

Warn = Callable[[str], None]


def file_checks(context: Context) -> Iterator[Check]:
    for folder in context.paths.folders:
        yield _folder(folder)
    yield from _private_file(msg("keys"), partial(_keys, context))
    yield from _private_file("tokens", partial(_tokens, context))
    yield from _certificate(context)
    yield _history(context.paths.history_db)


def _exists(path: Path) -> bool:
    """Whether the path exists; False also for a name that is too long, or if its folder is not a
    folder, for which pathlib raises."""
    return os.path.exists(path)  # noqa: PTH110


def settings_checks(context: Context, known: frozenset[str]) -> Iterator[Check]:
    """Reports every mistake in the settings with its line."""
    from llmchat.settings.checks.file import problems
    from llmchat.settings.toml.document import read_document

    path = context.paths.config_file
    try:
        document = read_document(path)
    except LlmchatError as error:
        yield failed(SETTINGS, error)
        return
    if document is None:
        yield ok(SETTINGS, msg("{path} does not exist; using defaults", path=path))
        return
    found = list(problems(document, known))
    for problem in found:
        said = msg("{path}:{line}: {text}", path=path, line=problem.line, text=problem.text)
        yield Check(SETTINGS, "failed", said, msg("llmchat config edit"), 3)
    if not found:
        yield ok(SETTINGS, msg("{path} is OK", path=path))


def _folder(folder: Path) -> Check:
    about = msg("folder")
    try:
        status = folder.stat()
    except FileNotFoundError:
        return ok(about, msg("{folder} will be created when needed", folder=folder))
    except OSError as error:
        said = msg("{folder}: {strerror}", folder=folder, strerror=error.strerror)
        return _broken(about, said, msg("set LLMCHAT_HOME to another folder"))
    mode = stat.S_IMODE(status.st_mode)
    if not os.access(folder, os.W_OK | os.X_OK):
        said = msg("{folder} is not writable", folder=folder)
        remedy = msg("check ls -ld '{folder}', or set LLMCHAT_HOME", folder=folder)
        return _broken(about, said, remedy)
    if shutil.disk_usage(folder).free < LITTLE:
        return warning(
            about,
            msg("the disk of {folder} is almost full", folder=folder),
            msg("free some disk space"),
        )
    if mode & 0o077 and os.name == "posix":
        return warning(
            about,
            msg("{folder} is accessible to others ({mode:04o})", folder=folder, mode=mode),
            msg("run chmod 700 '{folder}'", folder=folder),
        )
    return ok(about, msg("{folder} is private ({mode:04o})", folder=folder, mode=mode))


def _private_file(
    about: str, read: Callable[[Warn], str], *, remedy: str = MENDED
) -> Iterator[Check]:
    """Checks a private file: `read` makes it private if others could read it, and returns what to
    say about a good file."""
    mended: list[str] = []
    try:
        said = read(mended.append)
    except StorageError as error:
        yield failed(about, error)
        return
    yield from (warning(about, text, remedy) for text in mended)
    if said:
        yield ok(about, said)


def _keys(context: Context, warn: Warn) -> str:
    path = context.paths.credentials
    if names := Credentials(path, warn).names():
        return msg("{path} contains keys for {names}", path=path, names=", ".join(names))
    return msg("{path} contains no keys yet", path=path)


def _tokens(context: Context, warn: Warn) -> str:
    path = context.paths.tokens
    FileTokens(path, context.world.clock.now, warn).get("")
    if _exists(path):
        return msg("{path} is OK", path=path)
    return msg("{path} will be created when needed", path=path)


def _certificate(context: Context) -> Iterator[Check]:
    about, path = msg("certificate"), context.paths.certificate
    try:
        pin = fingerprints(russian_root())[0]
    except StorageError as error:
        yield failed(about, error)
        return
    yield ok(
        about,
        msg(
            "{name} matches its pinned SHA-256 {pin}..., valid until 2032-02-27",
            name=RUSSIAN_ROOT.name,
            pin=pin[:8],
        ),
    )
    if not _exists(path):
        said = msg("{name} will be written at the first sign-in", name=path.name)
        yield skipped(about, said)
        return

    def keep(warn: Warn) -> str:
        keep_copy(path, warn)
        read_private(path)
        return ""

    yield from _private_file(about, keep, remedy=msg("nothing to do; fixed"))


def _history(path: Path) -> Check:
    from llmchat.store.history.repair.salvage import damaged

    about = msg("history")
    if not _exists(path):
        return ok(about, msg("{path} will be created when needed", path=path))
    try:
        if damaged(str(path)):
            remedy = msg("llmchat history list moves it aside and recovers what can be read")
            return _broken(about, msg("{path} is damaged", path=path), remedy)
    except StorageError as error:
        return failed(about, error)
    except OSError as error:
        said = msg("{path}: {strerror}", path=path, strerror=error.strerror)
        return _broken(about, said, msg("check it with ls -l '{path}'", path=path))
    megabytes = path.stat().st_size / 1024 / 1024
    return ok(about, msg("{path} is OK ({st_size:.1f} MB)", path=path, st_size=megabytes))


def _broken(about: str, said: str, remedy: str) -> Check:
    return failed(about, StorageError(said, hint=remedy))
