"""How much memory a model needs is told before it is loaded."""

from __future__ import annotations

from pathlib import Path

import pytest

from llmchat.providers.local.gguf import read_header
from llmchat.providers.local.hardware import (
    context_of,
    needed,
    of_this_machine,
    shown,
    usual_threads,
    windows_of,
)
from tests.servers.gguf import write_model


def test_the_window_is_the_models_up_to_a_limit_unless_one_is_set(tmp_path: Path) -> None:
    large = read_header(write_model(tmp_path / "l.gguf", llama__context_length=131072))
    small = read_header(write_model(tmp_path / "s.gguf", llama__context_length=2048))
    silent = read_header(write_model(tmp_path / "n.gguf", llama__context_length=0))
    assert [context_of(h, 0) for h in (large, small, silent)] == [8192, 2048, 8192]
    assert context_of(large, 65536) == 65536


def test_a_larger_window_needs_what_its_keys_and_values_take(tmp_path: Path) -> None:
    """Two layers with two heads of 16 numbers, each of them a key and a value."""
    header = read_header(write_model(tmp_path / "m.gguf"))
    more = needed(header, 1000, 2000) - needed(header, 1000, 1000)
    assert more == 1000 * (2 * 2 * 2 * 16) * 2
    assert needed(header, 5000, 1000) - needed(header, 1000, 1000) == 4000


def test_a_second_question_has_a_window_where_there_is_room(tmp_path: Path) -> None:
    header = read_header(write_model(tmp_path / "m.gguf"))
    two = needed(header, 1000, 8192, windows=2)
    assert [windows_of(header, 1000, 8192, free) for free in (two, two - 1, None)] == [2, 1, 2]


def test_this_machine_has_some_memory_and_leaves_a_core_free() -> None:
    memory = of_this_machine()
    assert memory.total
    assert memory.free is None or memory.free > 0
    assert usual_threads() >= 1


@pytest.mark.parametrize(
    ("count", "text"), [(98_362_432, "98 MB"), (2_500_000_000, "2.5 GB"), (None, "?"), (9, "0 MB")]
)
def test_sizes_are_told_for_people(count: int | None, text: str) -> None:
    assert shown(count) == text
