"""The readable copy of the Russian root, and what happens when it is damaged."""

from __future__ import annotations

from pathlib import Path

import pytest

from llmchat.root_certificate import is_russian_root, russian_root
from llmchat.store.private.certificate import keep_copy


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return tmp_path / "data" / "russian_trusted_root_ca.crt"


def test_the_first_use_writes_the_copy_and_the_second_nothing(copy: Path) -> None:
    warnings: list[str] = []
    keep_copy(copy, warnings.append)
    first = copy.stat().st_ino
    keep_copy(copy, warnings.append)
    assert copy.read_text() == russian_root()
    assert copy.stat().st_ino == first
    assert warnings == []


@pytest.mark.parametrize("damage", [b"", b"\xff\xfe", russian_root().replace("A", "B", 1).encode()])
def test_a_damaged_copy_is_mended_with_a_notice(copy: Path, damage: bytes) -> None:
    keep_copy(copy)
    copy.write_bytes(damage)
    warnings: list[str] = []
    keep_copy(copy, warnings.append)
    assert is_russian_root(copy.read_text())
    assert warnings == [f"{copy} was damaged and has been replaced"]


def test_a_second_certificate_smuggled_into_the_copy_is_thrown_out(copy: Path) -> None:
    keep_copy(copy)
    copy.write_text(russian_root() * 2)
    keep_copy(copy)
    assert copy.read_text() == russian_root()


def test_a_data_folder_that_cannot_be_written_does_not_stop_anybody(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    keep_copy(tmp_path / "file" / "copy.crt")
    assert (tmp_path / "file").read_bytes() == b""
