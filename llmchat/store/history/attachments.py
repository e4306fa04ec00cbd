"""Saves attachments as path, size and digest, and reads them again only if unchanged."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from llmchat.store.history.rows import AttachmentRow
from llmchat.system.opening import read_regular
from llmchat.values.messages import Attachment


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def unchanged_attachments(
    rows: Iterable[AttachmentRow],
) -> tuple[tuple[Attachment, ...], tuple[str, ...]]:
    """The files that are unchanged, and the names of the others: a changed file is not the one that
    the question was about."""
    read = [(row.name, _read(row)) for row in rows]
    return (
        tuple(attachment for _, attachment in read if attachment),
        tuple(name for name, attachment in read if not attachment),
    )


def _read(row: AttachmentRow) -> Attachment | None:
    try:
        file = Path(row.name)
        if not file.is_file() or file.stat().st_size != row.size:
            return None
        content = read_regular(file, row.size + 1)
    except OSError:
        return None
    if digest(content) != row.sha256:
        return None
    return Attachment(file.name, row.media_type, content, row.name)
