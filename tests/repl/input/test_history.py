"""The lines that were sent, on the disk."""

from __future__ import annotations

import json
import stat
from pathlib import Path

from llmchat.repl.input import history
from llmchat.repl.input.history import InputHistory
from llmchat.repl.input.pastes import Pastes

KEY = "sk-abcdefghijklmnopqrstuvwxyz0123456789"


def opened(path: Path | None) -> InputHistory:
    history = InputHistory(path, Pastes())
    history._loaded_strings = list(history.load_history_strings())
    return history


def test_lines_come_back_newest_first_each_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "home" / "lines"
    history = opened(path)
    for line in ("one", "two\nlines\twith \x1b and ü", "three", "three"):
        history.append_string(line)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(opened(path).load_history_strings()) == [
        "three",
        "two\nlines\twith \x1b and ü",
        "one",
    ]


def test_a_line_with_a_secret_is_in_memory_only(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    history = opened(path)
    history.append_string(f"my key is {KEY}")
    assert history.get_strings() == [f"my key is {KEY}"]
    assert not path.exists()


def test_a_message_of_a_megabyte_is_not_a_line(tmp_path: Path) -> None:
    history = opened(tmp_path / "lines")
    history.append_string("x" * 20_000)
    assert not (tmp_path / "lines").exists()


def test_news_of_another_terminal_come_once(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    one, two = opened(path), opened(path)
    one.append_string("from one")
    assert two.news() == ["from one"]
    assert two.news() == []
    two.append_string("from two")
    assert one.news() == ["from two"]
    assert two.news() == []


def test_half_a_line_is_left_for_the_next_look(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    path.write_text('"whole"\n"ha')
    history = opened(path)
    assert history.get_strings() == ["whole"]
    with path.open("a") as file:
        file.write('lf"\n')
    assert history.news() == ["half"]


def test_damaged_lines_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    path.write_bytes(b'"good"\nnot json\n\xff\xfe\n{"a": 1}\n"better"\n')
    assert opened(path).get_strings() == ["good", "better"]


def test_a_file_that_grew_too_large_keeps_its_newest_lines(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    with path.open("w") as file:
        for number in range(50_000):
            file.write(json.dumps(f"line {number} " + "x" * 80) + "\n")
    assert path.stat().st_size > history.LARGEST_FILE
    lines = opened(path)
    assert path.stat().st_size <= 2 * history.READ_BYTES
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert lines.get_strings()[-1].startswith("line 49999 ")


def test_without_a_file_lines_live_as_long_as_the_session() -> None:
    history = opened(None)
    history.append_string("here")
    assert history.get_strings() == ["here"]
    assert history.news() == []


def test_a_file_that_cannot_be_written_does_not_disturb(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    history = opened(tmp_path / "file" / "lines")
    history.append_string("here")
    assert history.get_strings() == ["here"]
