"""The readable copy of the Russian root, and what happens when it or the original is damaged."""

from __future__ import annotations

from pathlib import Path

import pytest

from llmchat.errors import StorageError
from llmchat.store.certificate import root_with_copy
from llmchat.trust import RUSSIAN_ROOT, is_russian_root


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return tmp_path / "data" / "russian_trusted_root_ca.crt"


@pytest.fixture
def broken_package(tmp_path: Path) -> Path:
    source = tmp_path / "package.pem"
    source.write_text(RUSSIAN_ROOT.read_text().replace("M", "N", 1))
    return source


def test_the_first_use_writes_the_copy(copy: Path) -> None:
    warnings: list[str] = []
    pem = root_with_copy(copy, warnings.append)
    assert copy.read_text() == pem
    assert is_russian_root(pem)
    assert warnings == []


def test_a_damaged_copy_is_mended_with_a_notice(copy: Path) -> None:
    root_with_copy(copy)
    copy.write_text(copy.read_text().replace("A", "B", 1))
    warnings: list[str] = []
    pem = root_with_copy(copy, warnings.append)
    assert copy.read_text() == pem
    assert warnings == [f"{copy} was damaged; it has been written anew"]


def test_a_second_certificate_smuggled_into_the_copy_is_thrown_out(copy: Path) -> None:
    pem = root_with_copy(copy)
    copy.write_text(pem + pem)
    root_with_copy(copy)
    assert copy.read_text() == pem


def test_a_good_copy_stands_in_for_a_damaged_installation(copy: Path, broken_package: Path) -> None:
    root_with_copy(copy)
    warnings: list[str] = []
    assert is_russian_root(root_with_copy(copy, warnings.append, source=broken_package))
    assert "installation is damaged" in warnings[0]


def test_nothing_unpinned_is_ever_trusted(copy: Path, broken_package: Path) -> None:
    with pytest.raises(StorageError, match="damaged"):
        root_with_copy(copy, source=broken_package)
    with pytest.raises(StorageError, match="damaged"):
        root_with_copy(copy, source=broken_package.with_name("missing.pem"))


def test_a_data_folder_that_cannot_be_written_does_not_stop_anybody(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert is_russian_root(root_with_copy(tmp_path / "file" / "copy.crt"))
