"""The cells of characters, which are counted without a table for the most usual scripts."""

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
    places = [*range(0x20, 0x10000), *range(0x16FE0, 0x20100), 0x3FFFD]
    told = {n: char_width(chr(n)) for n in places}
    assert told == {n: max(0, wcwidth(chr(n))) for n in places}


def test_russian_and_chinese_need_no_table() -> None:
    for text, loaded in (
        ("Пчёлы — «жужжат»…", "False"),
        ("养蜂：ハチ、꿀。", "False"),
        ("🐝", "True"),
    ):
        code = [sys.executable, "-c", LOADED.format(text)]
        assert subprocess.run(code, capture_output=True, text=True).stdout.strip() == loaded
