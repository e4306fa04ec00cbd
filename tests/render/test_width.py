"""The cells of characters, which are counted without a table where all are one cell wide."""

from __future__ import annotations

import subprocess
import sys

from wcwidth import wcwidth

from llmchat.render.width import char_width

LOADED = (
    "import sys; from llmchat.render.width import width; width({!r}); "
    "print('wcwidth' in sys.modules)"
)


def test_every_character_is_as_wide_as_the_table_says() -> None:
    places = [*range(0x20, 0x3000), 0x3042, 0x4E2D, 0xFE0F, 0x1F600]
    told = {n: char_width(chr(n)) for n in places}
    assert told == {n: max(0, wcwidth(chr(n))) for n in places}


def test_russian_needs_no_table() -> None:
    for text, loaded in (("Пчёлы — «жужжат»…", "False"), ("中", "True")):
        code = [sys.executable, "-c", LOADED.format(text)]
        assert subprocess.run(code, capture_output=True, text=True).stdout.strip() == loaded
