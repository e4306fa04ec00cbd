"""The file of `-O`: it holds the whole answer, or stays as it was."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

from llmchat.errors import StorageError


def write_result(path: Path, result: str | bytes) -> None:
    """Through a draft beside it; a device or a pipe is written as it is."""
    content = result if isinstance(result, bytes) else result.encode("utf-8", "replace")
    try:
        if path.exists() and not stat.S_ISREG(path.stat().st_mode):
            path.write_bytes(content)
            return
        _replace(Path(os.path.realpath(path)), content)
    except OSError as error:
        raise StorageError(
            f"{path} cannot be written: {error.strerror}", hint="llmchat history show last"
        ) from error


def _replace(path: Path, content: bytes) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with draft.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            draft.chmod(stat.S_IMODE(path.stat().st_mode))
        draft.replace(path)
    except OSError:
        with suppress(OSError):
            draft.unlink()
        raise
