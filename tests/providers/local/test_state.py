"""What is noted of a model that runs, and the last words of one that does not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from llmchat.providers.local.state import ModelSlot, RunningModel

ONE = RunningModel(1, "http://127.0.0.1:9", "key", "m", "/m.gguf", 300, "x")


@pytest.fixture
def slot(tmp_path: Path) -> ModelSlot:
    slot = ModelSlot(tmp_path / "local", "m")
    slot.prepare()
    return slot


@pytest.mark.parametrize(
    ("log", "words"),
    [
        ("0.00.1 E load: no such tensor\n0.00.2 W srv stop: cancel task\n", "load: no such tensor"),
        ("0.00.2 W srv stop: cancel task, id_task = 1\n", ""),
        ("0.1 I hello\nterminate called after throwing\n\n", "terminate called after throwing"),
        ("", ""),
    ],
)
def test_the_last_words_are_the_last_error(log: str, words: str, slot: ModelSlot) -> None:
    slot.log.write_text(log)
    assert slot.last_words() == words


@pytest.mark.parametrize("content", ["", "[]", "{}", "not JSON", '{"pid": 1}', "null"])
def test_a_damaged_note_is_none(content: str, slot: ModelSlot) -> None:
    slot.note.write_text(content)
    slot.note.chmod(0o600)
    assert slot.read() is None


def test_another_time_to_stay_is_noted_for_the_same_process_only(slot: ModelSlot) -> None:
    slot.keep(ONE, 5)
    assert slot.read() is None  # it has ended meanwhile
    slot.write(ONE)
    slot.keep(ONE, 5)
    assert slot.read() == replace(ONE, keep_alive=5)
    slot.write(replace(ONE, key="another"))
    slot.keep(ONE, 7)
    assert slot.read() == replace(ONE, key="another")


def test_who_has_the_lock_runs(slot: ModelSlot) -> None:
    slot.write(ONE)
    assert slot.running() is None
    lock = slot.lock()
    assert lock.acquire()
    assert slot.running() == ONE
    lock.release()
    assert slot.running() is None
