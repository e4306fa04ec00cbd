"""Detects a file's type by its first bytes; converts files to and from data URIs; no I/O."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from llmchat.values.events import Image
from llmchat.values.messages import Attachment

MAGIC: tuple[tuple[int, bytes, str], ...] = (  # offset, bytes, media type
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF8", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (0, b"Kaydara FBX Binary", "model/vnd.fbx"),
    (0, b"glTF", "model/gltf-binary"),
    (4, b"ftyp", "video/mp4"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"OggS", "audio/ogg"),
    (8, b"WAVE", "audio/wav"),
)


def media_type_of(content: bytes) -> str:
    """The media type; "" if unknown."""
    found = (kind for offset, magic, kind in MAGIC if content.startswith(magic, offset))
    return next(found, "")


def image_of(url: object) -> Image | None:
    """The picture in a data URI; None for another URL, or an invalid one."""
    if not isinstance(url, str) or not url.startswith("data:"):
        return None
    head, comma, data = url.partition(",")
    if not comma or not head.endswith(";base64"):
        return None
    try:
        content = base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        return None
    kind = head.removeprefix("data:").partition(";")[0]
    return Image(content, media_type_of(content) or kind or "image/png") if content else None


def content_part(file: Attachment) -> dict[str, Any]:
    """The part of a message for a file, in OpenAI's format."""
    data = f"data:{file.media_type};base64,{base64.b64encode(file.content).decode()}"
    if file.media_type.startswith("image/"):
        return {"type": "image_url", "image_url": {"url": data}}
    return {"type": "file", "file": {"filename": file.name, "file_data": data}}
