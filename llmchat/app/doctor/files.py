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
from llmchat.store.private.certificate import keep_copy
from llmchat.store.private.credentials import Credentials
from llmchat.store.private.files import read_private
from llmchat.store.private.tokens import FileTokens
from llmchat.trust import RUSSIAN_ROOT, fingerprints, russian_root

LITTLE = 50 * 1024 * 1024  # bytes free on the disk
MENDED = "fixed just now; others could read it, so consider replacing the key"
SETTINGS = "settings"


def file_checks(context: Context) -> Iterator[Check]:
    for folder in context.paths.folders:
        yield _folder(folder)
    yield from _credentials(context)
    yield from _tokens(context)
    yield from _certificate(context)
    yield _history(context.paths.history_db)


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
        yield ok(SETTINGS, f"{path} does not exist; using defaults")
        return
    found = list(problems(document, known))
    for problem in found:
        said = f"{path}:{problem.line}: {problem.text}"
        yield Check(SETTINGS, "failed", said, "llmchat config edit", 3)
    if not found:
        yield ok(SETTINGS, f"{path} is OK")


def _folder(folder: Path) -> Check:
    about = "folder"
    try:
        status = folder.stat()
    except FileNotFoundError:
        return ok(about, f"{folder} will be created when needed")
    except OSError as error:
        hint = "set LLMCHAT_HOME to another folder"
        return failed(about, StorageError(f"{folder}: {error.strerror}", hint=hint))
    mode = stat.S_IMODE(status.st_mode)
    if not os.access(folder, os.W_OK | os.X_OK):
        said = f"{folder} is not writable"
        return failed(
            about, StorageError(said, hint=f"check ls -ld '{folder}', or set LLMCHAT_HOME")
        )
    if shutil.disk_usage(folder).free < LITTLE:
        return warning(about, f"the disk of {folder} is almost full", "free some disk space")
    if mode & 0o077 and os.name == "posix":
        return warning(
            about, f"{folder} is accessible to others ({mode:04o})", f"run chmod 700 '{folder}'"
        )
    return ok(about, f"{folder} is private ({mode:04o})")


def _credentials(context: Context) -> Iterator[Check]:
    warnings: list[str] = []
    store = Credentials(context.paths.credentials, warnings.append)
    try:
        names = store.names()
    except StorageError as error:
        yield failed("keys", error)
        return
    yield from (warning("keys", text, MENDED) for text in warnings)
    kept = f"contains keys for {', '.join(names)}" if names else "contains no keys yet"
    yield ok("keys", f"{context.paths.credentials} {kept}")


def _tokens(context: Context) -> Iterator[Check]:
    warnings: list[str] = []
    try:
        FileTokens(context.paths.tokens, context.world.clock.now, warnings.append).get("")
    except StorageError as error:
        yield failed("tokens", error)
        return
    yield from (warning("tokens", text, MENDED) for text in warnings)
    there = "is OK" if context.paths.tokens.exists() else "will be created when needed"
    yield ok("tokens", f"{context.paths.tokens} {there}")


def _certificate(context: Context) -> Iterator[Check]:
    about = "certificate"
    try:
        pin = fingerprints(russian_root())[0]
    except StorageError as error:
        yield failed(about, error)
        return
    yield ok(
        about,
        f"{RUSSIAN_ROOT.name} matches its pinned SHA-256 {pin[:8]}..., valid until 2032-02-27",
    )
    if not context.paths.certificate.exists():
        yield skipped(
            about, f"{context.paths.certificate.name} will be written at the first sign-in"
        )
        return
    warnings: list[str] = []
    try:
        keep_copy(context.paths.certificate, warnings.append)
        read_private(context.paths.certificate)
    except StorageError as error:
        yield failed(about, error)
        return
    yield from (warning(about, text, "nothing to do; fixed") for text in warnings)


def _history(path: Path) -> Check:
    from llmchat.store.history.repair.salvage import damaged

    if not path.exists():
        return ok("history", f"{path} will be created when needed")
    try:
        if damaged(str(path)):
            hint = "llmchat history list moves it aside and recovers what can be read"
            return failed("history", StorageError(f"{path} is damaged", hint=hint))
    except OSError as error:
        hint = f"check it with ls -l '{path}'"
        return failed("history", StorageError(f"{path}: {error.strerror}", hint=hint))
    return ok("history", f"{path} is OK ({path.stat().st_size / 1024 / 1024:.1f} MB)")
