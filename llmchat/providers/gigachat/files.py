"""Attachments: what GigaChat takes, checked before anything is sent, and how it is uploaded."""

from __future__ import annotations

import json
from collections.abc import Iterable
from hashlib import sha256

from llmchat.errors import BadRequest, NotAnAnswer, TooLong
from llmchat.messages import Attachment

MEGABYTE = 1024 * 1024
LARGEST_TEXT = 40 * MEGABYTE
LARGEST_IMAGE = 15 * MEGABYTE
LARGEST_AUDIO = 35 * MEGABYTE
LARGEST_SUM = 80 * MEGABYTE
MOST_IMAGES = 10


def check_limits(attachments: Iterable[Attachment]) -> None:
    """Raises what the service would say after the upload."""
    files = tuple(attachments)
    for file in files:
        limit = limit_for(file.media_type)
        if len(file.content) > limit:
            raise TooLong(
                f"{file.name} has {_megabytes(len(file.content))}; GigaChat takes "
                f"{_megabytes(limit)} of {_kind(file.media_type)}",
                hint="attach a smaller file",
            )
        if not file.content:
            raise BadRequest(f"{file.name} is empty", hint="attach a file that holds something")
    total = sum(len(file.content) for file in files)
    if total > LARGEST_SUM:
        raise TooLong(
            f"the files have {_megabytes(total)}; GigaChat takes {_megabytes(LARGEST_SUM)}",
            hint="attach fewer files",
        )
    images = sum(file.media_type.startswith("image/") for file in files)
    if images > MOST_IMAGES:
        raise TooLong(f"{images} images; GigaChat takes {MOST_IMAGES}", hint="attach fewer")


def limit_for(media_type: str) -> int:
    limits = {"image": LARGEST_IMAGE, "audio": LARGEST_AUDIO}
    return limits.get(media_type.partition("/")[0], LARGEST_TEXT)


def form_file(attachment: Attachment) -> dict[str, tuple[str, bytes, str]]:
    return {"file": (attachment.name, attachment.content, attachment.media_type)}


def content_id(attachment: Attachment) -> str:
    """The same file is uploaded once, however often its message is sent again."""
    return sha256(attachment.media_type.encode() + b"\n" + attachment.content).hexdigest()


def file_id(body: bytes) -> str:
    """The service's name for an uploaded file."""
    try:
        found = json.loads(body)["id"]
    except (ValueError, KeyError, TypeError, RecursionError):
        found = None
    if not isinstance(found, str) or not found:
        raise NotAnAnswer("GigaChat took the file without naming it", hint="ask again")
    return found


def _kind(media_type: str) -> str:
    kind = media_type.partition("/")[0]
    return kind if kind in ("image", "audio") else "text"


def _megabytes(size: int) -> str:
    return f"{size / MEGABYTE:.1f} MB".replace(".0 ", " ")
