"""Decodes pictures and makes them smaller, with Pillow (the extra `pictures`)."""

from __future__ import annotations

from io import BytesIO
from typing import Any

LARGEST = (960, 960)  # pixels of a picture that is converted
MOST_PIXELS = 50_000_000
PNG_BEGINNING = b"\x89PNG\r\n\x1a\n"


def png_size(content: bytes) -> tuple[int, int]:
    """Its width and height in pixels; (0, 0) if it is no PNG."""
    if not content.startswith(PNG_BEGINNING) or len(content) < 24:
        return 0, 0
    return int.from_bytes(content[16:20], "big"), int.from_bytes(content[20:24], "big")


def as_png(content: bytes) -> bytes:
    """Converted to PNG; empty where `opened` is None."""
    picture = opened(content, LARGEST)
    if picture is None:
        return b""
    out = BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def opened(content: bytes, largest: tuple[int, int]) -> Any:
    """The picture, made smaller where it is larger; None without Pillow or if anything is wrong
    with it: it comes from a service."""
    try:
        from PIL import Image as Pillow  # the extra `pictures`: 60 ms, for pictures only
    except ImportError:
        return None
    try:
        picture = Pillow.open(BytesIO(content), formats=("PNG", "JPEG", "GIF", "WEBP"))
        if picture.width * picture.height > MOST_PIXELS:
            return None
        picture.thumbnail(largest)
        return picture.convert("RGBA")  # reads the whole of it: one that is cut fails here
    except Exception:  # its decoders raise what they like
        return None
