"""Who was introduced, and where it is remembered."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from llmchat.privacy.introductions import Introductions, introduction


def test_an_introduction_names_the_operator() -> None:
    line = introduction("yqcloud", "Example Ltd")
    assert "yqcloud" in line
    assert "Example Ltd" in line
    assert "unknown operator" in introduction("x", "")


def test_each_service_is_introduced_once(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "notices.json"
    seen = Introductions(path)
    assert (seen.is_new("a"), seen.is_new("b")) == (True, True)
    seen.remember("a")
    again = Introductions(path)
    assert (again.is_new("a"), again.is_new("b")) == (False, True)
    again.remember("b")
    assert not Introductions(path).is_new("a")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("kept", [b"", b"{", b"{}", b"[1, null]", b"\xff\xfe"])
def test_a_broken_list_introduces_again(tmp_path: Path, kept: bytes) -> None:
    path = tmp_path / "notices.json"
    path.write_bytes(kept)
    seen = Introductions(path)
    assert seen.is_new("a")
    seen.remember("a")
    assert not seen.is_new("a")


def test_a_list_that_cannot_be_kept_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    seen = Introductions(tmp_path / "file" / "notices.json")
    seen.remember("a")
    assert seen.is_new("a")
