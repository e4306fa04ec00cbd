"""The sixel protocol: a picture as bands of six rows of pixels."""

from __future__ import annotations

from collections.abc import Iterator

from llmchat.render.pictures.convert import opened

MOST = 480  # pixels of the longer side: a larger picture takes seconds


def sixels(content: bytes, largest: tuple[int, int]) -> str:
    """The sixel sequence; "" if the picture cannot be decoded."""
    width, height = largest
    picture = opened(content, (min(width, MOST), min(height, MOST)))
    if picture is None:
        return ""
    indexed = picture.convert("RGB").quantize(256)
    return "".join(_bands(indexed.tobytes(), indexed.width, indexed.getpalette()))


def _bands(pixels: bytes, width: int, palette: list[int]) -> Iterator[str]:
    """Bands of six rows, where each colour is drawn over the others."""
    yield f'\x1bPq"1;1;{width};{len(pixels) // width}'
    for color in sorted(set(pixels)):
        red, green, blue = (round(part / 2.55) for part in palette[3 * color : 3 * color + 3])
        yield f"#{color};2;{red};{green};{blue}"
    for start in range(0, len(pixels), 6 * width):
        rows = [pixels[at : at + width] for at in range(start, start + 6 * width, width)]
        for color in sorted(set(pixels[start : start + 6 * width])):
            yield f"#{color}{_band(rows, color, width)}$"
        yield "-"
    yield "\x1b\\"


def _band(rows: list[bytes], color: int, width: int) -> str:
    bits = bytearray(width)
    for place, row in enumerate(rows):
        bit = 1 << place
        at = row.find(color)
        while at >= 0:
            bits[at] |= bit
            at = row.find(color, at + 1)
    return _run_lengths(bytes(b + 63 for b in bits).decode("ascii"))


def _run_lengths(text: str) -> str:
    out, start = [], 0
    for end in range(1, len(text) + 1):
        if end == len(text) or text[end] != text[start]:
            count = end - start
            out.append(f"!{count}{text[start]}" if count > 3 else text[start] * count)
            start = end
    return "".join(out)
