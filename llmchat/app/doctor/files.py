"""Checks llmchat's files and folders: existence, permissions, damage, settings."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from llmchat.app.doctor.check import Check, failed, ok, skipped, warning
from llmchat.app.run.context import Context
from llmchat.errors import LlmchatError, StorageError
from llmchat.language import msg
from llmchat.store.private.certificate import keep_copy
from llmchat.store.private.credentials import Credentials
from llmchat.store.private.files import read_private
from llmchat.store.private.tokens import FileTokens
from llmchat.trust import RUSSIAN_ROOT, fingerprints, russian_root

LITTLE = 50 * 1024 * 1024  # bytes free on the disk
MENDED = msg("fixed just now; others could read it, so consider replacing the key")
SETTINGS = msg("settings")


def file_checks(context: Context) -> Iterator[Check]:
    for folder in context.paths.folders:
        yield _folder(folder)
    yield from _credentials(context)
    yield from _tokens(context)
    yield from _certificate(context)
    yield _history(context.paths.history_db)


def _exists(path: Path) -> bool:
    """Not there either where a name is too long, or its folder no folder; pathlib raises."""
    return os.path.exists(path)  # noqa: PTH110


def settings_checks(context: Context, known: frozenset[str]) -> Iterator[Check]:
    """Every mistake with its line, not only the first."""
    from llmchat.settings.checks import problems
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
        hint = msg("set LLMCHAT_HOME to another folder")
        return failed(
            about,
            StorageError(
                msg("{folder}: {strerror}", folder=folder, strerror=error.strerror), hint=hint
            ),
        )
    mode = stat.S_IMODE(status.st_mode)
    if not os.access(folder, os.W_OK | os.X_OK):
        said = msg("{folder} is not writable", folder=folder)
        return failed(
            about,
            StorageError(
                said, hint=msg("check ls -ld '{folder}', or set LLMCHAT_HOME", folder=folder)
            ),
        )
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


def _credentials(context: Context) -> Iterator[Check]:
    warnings: list[str] = []
    store = Credentials(context.paths.credentials, warnings.append)
    try:
        names = store.names()
    except StorageError as error:
        yield failed(msg("keys"), error)
        return
    yield from (warning(msg("keys"), text, MENDED) for text in warnings)
    path = context.paths.credentials
    yield ok(
        msg("keys"),
        msg("{path} contains keys for {names}", path=path, names=", ".join(names))
        if names
        else msg("{path} contains no keys yet", path=path),
    )


def _tokens(context: Context) -> Iterator[Check]:
    warnings: list[str] = []
    try:
        FileTokens(context.paths.tokens, context.world.clock.now, warnings.append).get("")
    except StorageError as error:
        yield failed("tokens", error)
        return
    yield from (warning("tokens", text, MENDED) for text in warnings)
    path = context.paths.tokens
    yield ok(
        "tokens",
        msg("{path} is OK", path=path)
        if _exists(path)
        else msg("{path} will be created when needed", path=path),
    )


def _certificate(context: Context) -> Iterator[Check]:
    about = msg("certificate")
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
    if not _exists(context.paths.certificate):
        yield skipped(
            about,
            msg("{name} will be written at the first sign-in", name=context.paths.certificate.name),
        )
        return
    warnings: list[str] = []
    try:
        keep_copy(context.paths.certificate, warnings.append)
        read_private(context.paths.certificate)
    except StorageError as error:
        yield failed(about, error)
        return
    yield from (warning(about, text, msg("nothing to do; fixed")) for text in warnings)


def _history(path: Path) -> Check:
    from llmchat.store.history.repair.salvage import damaged

    if not _exists(path):
        return ok(msg("history"), msg("{path} will be created when needed", path=path))
    try:
        if damaged(str(path)):
            hint = msg("llmchat history list moves it aside and recovers what can be read")
            return failed(
                msg("history"), StorageError(msg("{path} is damaged", path=path), hint=hint)
            )
    except OSError as error:
        hint = msg("check it with ls -l '{path}'", path=path)
        return failed(
            msg("history"),
            StorageError(msg("{path}: {strerror}", path=path, strerror=error.strerror), hint=hint),
        )
    return ok(
        msg("history"),
        msg(
            "{path} is OK ({st_size:.1f} MB)", path=path, st_size=path.stat().st_size / 1024 / 1024
        ),
    )
