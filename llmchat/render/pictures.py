"""Pictures inside a terminal that is known to show them, in the protocols of kitty, iTerm2 and
sixel. A terminal is recognised by its name and never queried, because the query might end up in a
pipe."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractContextManager, aclosing, nullcontext
from io import BytesIO
from typing import Any, Literal, TextIO

from llmchat.render.plain import Renderer, close, write_whole
from llmchat.values.events import Event, Image

Protocols = Literal["", "kitty", "iterm", "sixel"]

KITTY_TERMS = ("xterm-kitty", "xterm-ghostty")
SIXEL_TERMS = ("foot", "mlterm", "contour", "yaft")
MULTIPLEXERS = ("screen", "tmux")  # what is drawn through them is drawn over by them
WIDEST = 48  # columns
PIXELS = 960  # of the longer side, where a picture is made anew
SIXEL_PIXELS = 480
MOST_PIXELS = 50_000_000
CHUNK = 4096  # characters of base64 in one of kitty's sequences
PNG = "image/png"
SHOWN = ("image/png", "image/jpeg", "image/gif", "image/webp")


def protocol_of(environ: Mapping[str, str], chosen: str = "auto") -> Protocols:
    """What this terminal understands, by what it calls itself."""
    if chosen != "auto":
        return chosen if chosen in ("kitty", "iterm", "sixel") else ""  # type: ignore[return-value]  # one of the three
    term, program = environ.get("TERM", ""), environ.get("TERM_PROGRAM", "")
    if environ.get("TMUX") or environ.get("STY") or term.startswith(MULTIPLEXERS):
        return ""
    if term in KITTY_TERMS or program == "ghostty":
        return "kitty"
    if program in ("iTerm.app", "WezTerm") or environ.get("LC_TERMINAL") == "iTerm2":
        return "iterm"
    return "sixel" if term.startswith(SIXEL_TERMS) else ""


class WithPictures:
    """A renderer below whose answer the pictures stand."""

    def __init__(
        self, renderer: Renderer, stream: TextIO, protocol: Protocols, columns: Callable[[], int]
    ) -> None:
        self._renderer = renderer
        self._stream = stream
        self._protocol = protocol
        self._columns = columns
        self._images: list[Image] = []

    async def show(self, events: AsyncIterator[Event]) -> None:
        async with aclosing(self._noted(events)) as noted:
            await self._renderer.show(noted)
        for image in self._images:
            if drawn := sequences(image, self._protocol, self._columns()):
                write_whole(self._stream, drawn + "\n", tty=True)

    def aside(self) -> AbstractContextManager[object]:
        """Full lines of others, between the rows of the answer."""
        aside = getattr(self._renderer, "aside", nullcontext)
        context: AbstractContextManager[object] = aside()
        return context

    async def _noted(self, events: AsyncIterator[Event]) -> Any:
        try:
            async for event in events:
                if isinstance(event, Image):
                    self._images.append(event)
                yield event
        finally:
            await close(events)


def sequences(image: Image, protocol: Protocols, columns: int) -> str:
    """What the terminal has to be sent; empty where it cannot show this one."""
    width = max(1, min(WIDEST, columns - 1))
    if image.media_type not in SHOWN:
        return ""
    if protocol == "iterm":
        return _iterm(image.content, width)
    if protocol == "kitty":
        png = image.content if image.media_type == PNG else as_png(image.content)
        return "".join(_kitty(png, width)) if png else ""
    return _sixel(image.content) if protocol == "sixel" else ""


def _iterm(content: bytes, width: int) -> str:
    data = base64.b64encode(content).decode()
    fields = f"inline=1;size={len(content)};width={width};preserveAspectRatio=1"
    return f"\x1b]1337;File={fields}:{data}\x07"


def _kitty(png: bytes, width: int) -> Iterator[str]:
    """`q=2`: the terminal says nothing back, which the next program would read as typed."""
    data = base64.b64encode(png).decode()
    head = f"f=100,a=T,q=2,c={width},"
    for start in range(0, len(data), CHUNK):
        more = int(start + CHUNK < len(data))
        yield f"\x1b_G{head if start == 0 else ''}m={more};{data[start : start + CHUNK]}\x1b\\"


def as_png(content: bytes) -> bytes:
    """Converted to PNG by Pillow (the extra `pictures`); empty without it."""
    picture = _opened(content, PIXELS)
    if picture is None:
        return b""
    out = BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def _opened(content: bytes, pixels: int) -> Any:
    """A picture from a service is untrusted: if anything is wrong with it, only its path is
    shown."""
    try:
        from PIL import Image as Pillow  # the extra `pictures`: 60 ms, for pictures only
    except ImportError:
        return None
    try:
        picture = Pillow.open(BytesIO(content), formats=("PNG", "JPEG", "GIF", "WEBP"))
        if picture.width * picture.height > MOST_PIXELS:
            return None
        picture.thumbnail((pixels, pixels))
        return picture.convert("RGBA")  # reads the whole of it: one that is cut fails here
    except Exception:  # its decoders raise what they like
        return None


def _sixel(content: bytes) -> str:
    picture = _opened(content, SIXEL_PIXELS)
    if picture is None:
        return ""
    indexed = picture.convert("RGB").quantize(256)
    return "".join(_sixels(indexed.tobytes(), indexed.width, indexed.getpalette()))


def _sixels(pixels: bytes, width: int, palette: list[int]) -> Iterator[str]:
    """Bands of six rows, each colour of a band drawn over the others."""
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
