"""Pictures in a terminal: who is known to show them, and the sequences that are sent."""

from __future__ import annotations

import base64
import fcntl
import io
import pty
import re
import struct
import termios
import zlib
from collections.abc import Mapping

import pytest

from llmchat.render.pictures.area import Area, area_of
from llmchat.render.pictures.convert import as_png
from llmchat.render.pictures.protocols import protocol_of, sequences
from llmchat.values.events import Image

Pillow = pytest.importorskip("PIL.Image")


def picture(form: str, size: tuple[int, int] = (8, 7)) -> bytes:
    out = io.BytesIO()
    made = Pillow.new("RGB", size, (255, 0, 0))
    made.putpixel((0, 0), (0, 0, 255))
    made.save(out, form)
    return out.getvalue()


PNG, JPEG = picture("PNG"), picture("JPEG")
AREA = Area(48, 22, cell=(10, 20))


@pytest.mark.parametrize(
    ("environ", "protocol"),
    [
        ({"TERM": "xterm-kitty"}, "kitty"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "ghostty"}, "kitty"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, "iterm"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"}, "iterm"),
        ({"TERM": "xterm-256color", "LC_TERMINAL": "iTerm2"}, "iterm"),
        ({"TERM": "foot"}, "sixel"),
        ({"TERM": "xterm-256color"}, ""),
        ({"TERM": "tmux-256color", "TERM_PROGRAM": "WezTerm"}, ""),
        ({"TERM": "xterm-kitty", "TMUX": "/tmp/tmux"}, ""),
        ({}, ""),
    ],
)
def test_a_terminal_is_known_by_its_name(environ: Mapping[str, str], protocol: str) -> None:
    assert protocol_of(environ) == protocol


@pytest.mark.parametrize("chosen", ["kitty", "iterm", "sixel"])
def test_the_setting_wins_over_the_name(chosen: str) -> None:
    assert protocol_of({"TERM": "xterm"}, chosen) == chosen
    assert protocol_of({"TERM": "xterm-kitty"}, "off") == ""


def test_kitty_gets_png_in_pieces_and_answers_nothing() -> None:
    noise = bytes(range(256)) * 40
    drawn = sequences(Image(PNG + noise, "image/png"), "kitty", AREA)
    pieces = re.findall(r"\x1b_G([^;]*);([^\x1b]*)\x1b\\", drawn)
    assert "".join(f"\x1b_G{head};{data}\x1b\\" for head, data in pieces) == drawn
    assert base64.b64decode("".join(data for _, data in pieces)) == PNG + noise
    assert pieces[0][0] == "f=100,a=T,q=2,c=1,r=1,m=1"
    assert [head for head, _ in pieces[1:]] == ["m=1", "m=1", "m=0"]
    assert max(len(data) for _, data in pieces) <= 4096


@pytest.mark.parametrize(
    ("size", "cells"),
    [
        ((320, 320), "c=32,r=16"),
        ((960, 720), "c=48,r=18"),
        ((960, 20), "c=48,r=1"),
        ((200, 880), "c=10,r=22"),
        ((1000, 1000), "c=44,r=22"),
        ((1, 1), "c=1,r=1"),
    ],
)
def test_kitty_is_told_columns_and_rows_in_the_proportion_of_the_picture(
    size: tuple[int, int], cells: str
) -> None:
    """Told the columns alone, kitty before 0.35 stretches it. What is small is not enlarged."""
    drawn = sequences(Image(picture("PNG", size), "image/png"), "kitty", AREA)
    assert drawn.startswith(f"\x1b_Gf=100,a=T,q=2,{cells},m=")


@pytest.mark.parametrize("content", [b"", PNG[:20], PNG[:16] + bytes(8) + PNG[24:], JPEG])
def test_what_only_claims_to_be_a_png_is_not_sent_to_kitty(content: bytes) -> None:
    assert sequences(Image(content, "image/png"), "kitty", AREA) == ""


def test_sixels_are_no_wider_and_no_higher_than_the_terminal() -> None:
    large = picture("PNG", (300, 300))
    assert sequences(Image(large, "image/png"), "sixel", AREA).startswith('\x1bPq"1;1;300;300')
    for columns, rows, pixels in ((20, 22, "200;200"), (48, 5, "100;100")):
        drawn = sequences(Image(large, "image/png"), "sixel", Area(columns, rows, (10, 20)))
        assert drawn.startswith(f'\x1bPq"1;1;{pixels}')


@pytest.mark.parametrize(
    ("told", "cell"),
    [((50, 100, 1000, 1000), (10, 20)), ((50, 100, 0, 0), (8, 16)), ((0, 0, 0, 0), (8, 16))],
)
def test_a_cell_is_as_large_as_the_terminal_says(
    told: tuple[int, int, int, int], cell: tuple[int, int]
) -> None:
    """Rows, columns and pixels, as a terminal sets them."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("4H", *told))
    with open(master, "rb"), open(slave, "w") as stream:  # descriptors
        assert area_of(stream, (100, 50)) == Area(48, 48, cell)
    assert area_of(io.StringIO(), (30, 2)) == Area(29, 1)


def test_kitty_gets_other_forms_as_png() -> None:
    drawn = sequences(Image(JPEG, "image/jpeg"), "kitty", AREA)
    data = base64.b64decode(drawn.partition(";")[2].partition("\x1b")[0])
    assert data == as_png(JPEG)
    assert data.startswith(b"\x89PNG")


def test_iterm_gets_the_file_as_it_is_and_no_wider_than_the_screen() -> None:
    drawn = sequences(Image(JPEG, "image/jpeg"), "iterm", Area(19, 22))
    assert drawn.startswith(f"\x1b]1337;File=inline=1;size={len(JPEG)};width=19;")
    assert base64.b64decode(drawn.partition(":")[2].rstrip("\x07")) == JPEG


@pytest.mark.filterwarnings("always")
def test_a_picture_that_claims_to_be_huge_is_not_decoded_and_nobody_is_warned(
    recwarn: pytest.WarningsRecorder,
) -> None:
    """Pillow would print its warning between the answer and the prompt."""
    header = struct.pack(">4sIIBBBBB", b"IHDR", 10_000, 10_000, 8, 2, 0, 0, 0)
    huge = PNG[:8] + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    assert as_png(huge + PNG[33:]) == b""
    assert list(recwarn) == []


def test_sixels_hold_every_pixel_once() -> None:
    """Two bands; each bit of a band belongs to exactly one colour."""
    drawn = sequences(Image(PNG, "image/png"), "sixel", AREA)
    assert drawn.startswith('\x1bPq"1;1;8;7')
    assert drawn.endswith("\x1b\\")
    bands = drawn.removesuffix("\x1b\\").split("-")[:-1]
    assert len(bands) == 2
    for band, rows in zip(bands, (6, 1), strict=True):
        bits = [0] * 8
        for part in re.findall(r"#\d+([?-~!0-9]+)\$", band):
            for x, sixel in enumerate(re.sub(r"!(\d+)(.)", lambda m: m[2] * int(m[1]), part)):
                assert not bits[x] & (ord(sixel) - 63)
                bits[x] |= ord(sixel) - 63
        assert bits == [2**rows - 1] * 8


@pytest.mark.parametrize("protocol", ["kitty", "sixel"])
@pytest.mark.parametrize(
    "content", [b"", b"\xff\xd8\xff broken", JPEG[: len(JPEG) // 2], JPEG[:-8]]
)
def test_a_broken_picture_is_not_sent(protocol: str, content: bytes) -> None:
    drawn = sequences(Image(content, "image/jpeg"), protocol, AREA)  # type: ignore[arg-type]  # parametrized
    assert drawn == ""


@pytest.mark.parametrize("protocol", ["kitty", "iterm", "sixel", ""])
def test_a_model_is_not_sent_to_a_terminal(protocol: str) -> None:
    assert sequences(Image(b"Kaydara", "model/vnd.fbx"), protocol, AREA) == ""  # type: ignore[arg-type]  # parametrized
