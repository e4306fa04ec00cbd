"""Tokens on disk, their locks, and disks that cannot be written."""

from __future__ import annotations

from pathlib import Path

import pytest

from llmchat.errors import StorageError
from llmchat.store.private.access_tokens import FileTokens
from llmchat.values.access_token import AccessToken
from llmchat.values.secret import Secret

NOW = 1_800_000_000.0
TOKEN = AccessToken(Secret("eyJ-canary"), NOW + 1800, clock_offset=-3600.0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "tokens.json"


def tokens(path: Path, *, now: float = NOW) -> FileTokens:
    return FileTokens(path, lambda: now)


@pytest.fixture
def blocked(tmp_path: Path) -> Path:
    """A path that nobody can write, not even root: its folder is a file."""
    (tmp_path / "file").write_bytes(b"")
    return tmp_path / "file" / "tokens.json"


def test_a_token_comes_back_as_it_was_put(path: Path) -> None:
    tokens(path).put("one", TOKEN)
    assert tokens(path).get("one") == TOKEN
    assert tokens(path).get("two") is None


def test_the_seconds_left_allow_for_a_wrong_clock() -> None:
    assert TOKEN.seconds_left(NOW) == 1800 + 3600


def test_a_forgotten_token_is_gone_and_forgetting_twice_is_fine(path: Path) -> None:
    store = tokens(path)
    store.put("one", TOKEN)
    store.forget("one")
    store.forget("one")
    assert store.get("one") is None
    assert "canary" not in path.read_text()


def test_long_expired_tokens_are_swept_by_the_next_write(path: Path) -> None:
    tokens(path).put("old", AccessToken(Secret("stale"), NOW))
    tokens(path, now=NOW + 2 * 86400).put("one", TOKEN)
    assert tokens(path).get("old") is None
    assert "stale" not in path.read_text()


def test_a_damaged_file_counts_as_empty_and_is_replaced(path: Path) -> None:
    path.parent.mkdir(mode=0o700)
    path.write_text("{ half")
    path.chmod(0o600)
    assert tokens(path).get("one") is None
    tokens(path).put("one", TOKEN)
    assert tokens(path).get("one") == TOKEN


@pytest.mark.parametrize("record", ["{}", '{"token": "x"}', '{"token": "x", "expires_at": "soon"}'])
def test_a_damaged_record_is_no_token(path: Path, record: str) -> None:
    path.parent.mkdir(mode=0o700)
    path.write_text(f'{{"version": 1, "records": {{"one": {record}}}}}')
    path.chmod(0o600)
    assert tokens(path).get("one") is None


def test_where_nothing_can_be_written_a_token_lives_as_long_as_the_process(blocked: Path) -> None:
    warnings: list[str] = []
    store = FileTokens(blocked, lambda: NOW, warnings.append)
    lock = store.lock("refresh-one")
    assert lock.enter()
    store.put("one", TOKEN)
    store.put("two", TOKEN)
    lock.leave()
    assert store.get("one") == TOKEN
    assert len(warnings) == 1
    assert "was not saved" in warnings[0]
    store.forget("one")
    assert store.get("one") is None


def test_a_link_in_the_place_of_the_file_is_refused_all_the_same(path: Path) -> None:
    path.parent.mkdir(mode=0o700)
    path.symlink_to(path.parent / "elsewhere")
    with pytest.raises(StorageError, match="symbolic link"):
        tokens(path).put("one", TOKEN)


def test_two_stores_share_one_lock_and_other_names_are_free(path: Path) -> None:
    first, second = tokens(path).lock("stream-a"), tokens(path).lock("stream-a")
    assert first.enter()
    assert not second.enter()
    assert tokens(path).lock("stream-b").enter()
    first.leave()
    assert second.enter()
    second.leave()
