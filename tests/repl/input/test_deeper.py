"""`@name` finds a file anywhere below, in a tree of any size."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from llmchat.repl.input.paths import MOST_FOUND, find_deeper


def names(word: str, cwd: Path) -> list[str]:
    return [option.text for option in find_deeper(word, cwd=cwd)]


def test_a_part_of_its_name_is_enough_and_ignored_files_stay_away(tmp_path: Path) -> None:
    for name in (
        "src/deep/Conversation.py",
        "build/conversation.o",
        "node_modules/conv.js",
        "a b/conv x",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / ".gitignore").write_text("build/\n")
    assert names("conv", tmp_path) == ['"a b/conv x"', "src/deep/Conversation.py"]
    assert names("src/conv", tmp_path) == []


def test_time_and_number_are_bounded(tmp_path: Path) -> None:
    for number in range(MOST_FOUND + 20):
        (tmp_path / f"file-{number}").touch()
    assert len(names("file", tmp_path)) == MOST_FOUND
    clock: Iterator[float] = iter([0.0, 0.1, 0.2, 5.0])
    assert len(list(find_deeper("file", cwd=tmp_path, ticks=lambda: next(clock)))) == 2
