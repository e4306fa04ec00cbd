"""Decodes pictures and scales them down, with Pillow (the extra `pictures`)."""

from __future__ import annotations

import warnings
from io import BytesIO
from typing import Any

LARGEST = (960, 960)  # pixels of a picture that is converted
MOST_PIXELS = 50_000_000
PNG_BEGINNING = b"\x89PNG\r\n\x1a\n"


def png_size(content: bytes) -> tuple[int, int]:
    """Width and height in pixels; (0, 0) if it is not a PNG."""
    if not content.startswith(PNG_BEGINNING) or len(content) < 24:
        return 0, 0
    return int.from_bytes(content[16:20], "big"), int.from_bytes(content[20:24], "big")


def as_png(content: bytes) -> bytes:
    """The picture as PNG; empty if it cannot be decoded."""
    picture = opened(content, LARGEST)
    if picture is None:
        return b""
    out = BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def opened(content: bytes, largest: tuple[int, int]) -> Any:
    """The decoded picture, scaled down if needed. None without Pillow, or after any error, because
    a service's picture is untrusted."""
    try:
        from PIL import Image as Pillow  # 60 ms, only for pictures
    except ImportError:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of its size, which is checked here
            picture = Pillow.open(BytesIO(content), formats=("PNG", "JPEG", "GIF", "WEBP"))
        if picture.width * picture.height > MOST_PIXELS:
            return None
        picture.thumbnail(largest)
        return picture.convert("RGBA")  # reads all of it, so that a truncated one fails here
    except Exception:  # decoders may raise anything
        return None
