"""Pictures in a terminal: who is known to show them, and the sequences that are sent."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Mapping

import pytest

from llmchat.render.pictures import as_png, protocol_of, sequences
from llmchat.values.events import Image

Pillow = pytest.importorskip("PIL.Image")


def picture(form: str, size: tuple[int, int] = (8, 7)) -> bytes:
    out = io.BytesIO()
    made = Pillow.new("RGB", size, (255, 0, 0))
    made.putpixel((0, 0), (0, 0, 255))
    made.save(out, form)
    return out.getvalue()


PNG, JPEG = picture("PNG"), picture("JPEG")


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
    drawn = sequences(Image(PNG + noise, "image/png"), "kitty", 80)
    pieces = re.findall(r"\x1b_G([^;]*);([^\x1b]*)\x1b\\", drawn)
    assert "".join(f"\x1b_G{head};{data}\x1b\\" for head, data in pieces) == drawn
    assert base64.b64decode("".join(data for _, data in pieces)) == PNG + noise
    assert pieces[0][0] == "f=100,a=T,q=2,c=48,m=1"
    assert [head for head, _ in pieces[1:]] == ["m=1", "m=1", "m=0"]
    assert max(len(data) for _, data in pieces) <= 4096


def test_kitty_gets_other_forms_as_png() -> None:
    drawn = sequences(Image(JPEG, "image/jpeg"), "kitty", 80)
    data = base64.b64decode(drawn.partition(";")[2].partition("\x1b")[0])
    assert data == as_png(JPEG)
    assert data.startswith(b"\x89PNG")


def test_iterm_gets_the_file_as_it_is_and_no_wider_than_the_screen() -> None:
    drawn = sequences(Image(JPEG, "image/jpeg"), "iterm", 20)
    assert drawn.startswith(f"\x1b]1337;File=inline=1;size={len(JPEG)};width=19;")
    assert base64.b64decode(drawn.partition(":")[2].rstrip("\x07")) == JPEG


def test_sixels_hold_every_pixel_once() -> None:
    """Two bands; each bit of a band belongs to exactly one colour."""
    drawn = sequences(Image(PNG, "image/png"), "sixel", 80)
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
    drawn = sequences(Image(content, "image/jpeg"), protocol, 80)  # type: ignore[arg-type]  # parametrized
    assert drawn == ""


@pytest.mark.parametrize("protocol", ["kitty", "iterm", "sixel", ""])
def test_a_model_is_not_sent_to_a_terminal(protocol: str) -> None:
    assert sequences(Image(b"Kaydara", "model/vnd.fbx"), protocol, 80) == ""  # type: ignore[arg-type]  # parametrized
