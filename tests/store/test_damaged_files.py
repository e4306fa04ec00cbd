"""Small files of ours that are rotten are set aside with a word, and nobody fails for them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from llmchat.privacy.introductions import Introductions
from llmchat.repl.input.drafts import LineDraft
from llmchat.store.damaged_files import set_aside
from llmchat.store.ownership import Warn
from llmchat.store.private.records import RecordFile
from llmchat.store.state.allowed import Allowed
from llmchat.store.state.context_windows import Windows
from llmchat.store.state.health import Health
from llmchat.store.state.uploads import Uploads
from llmchat.tools.lists import ToolLists

ROTTEN = {
    "not utf-8": b"\xff\xfe\x00",
    "half": b'{"demo": {"window"',
    "other types": b"7",
    "rows of other types": b'[{"provider": 7}, {"a": null}]',
    "deep": b"[" * 100_000,
    "deep object": b'{"a":' * 50_000,
    "many digits": b'{"a": ' + b"9" * 5000 + b"}",
    "nothing": b"",
}
READERS: dict[str, Callable[[Path, Warn], object]] = {
    "health": lambda path, tell: Health(path, tell).rows(),
    "windows": lambda path, tell: Windows(path, tell).find("a", "b", 0),
    "instructions": lambda path, tell: Allowed(path, tell).find("x"),
    "introductions": lambda path, tell: Introductions(path, tell).is_new("x"),
    "tool lists": lambda path, tell: ToolLists(path.parent, tell).last("x"),
    "tokens": lambda path, tell: RecordFile(path, tell, replaceable=True).read(),
    "uploads": lambda path, tell: Uploads(path, lambda: 0.0, tell).find("a", "b"),
    "drafts": lambda path, tell: LineDraft(path.parent, "c", tell=tell).take(is_new=True),
}


@pytest.mark.parametrize("content", ROTTEN.values(), ids=ROTTEN)
@pytest.mark.parametrize("name", READERS)
def test_it_is_set_aside_with_a_word(tmp_path: Path, name: str, content: bytes) -> None:
    folder = tmp_path / "own"
    folder.mkdir(mode=0o700)
    path, told = folder / "x.json", list[str]()
    path.write_bytes(content)
    path.chmod(0o600)
    READERS[name](path, told.append)
    assert [f"{path} was damaged; it is now {path}.damaged"] == told
    assert not path.exists()
    assert (folder / "x.json.damaged").read_bytes() == content


def test_what_cannot_be_moved_is_told_as_well(tmp_path: Path) -> None:
    (tmp_path / "x.damaged" / "full").mkdir(parents=True)
    (tmp_path / "x").touch()
    told: list[str] = []
    set_aside(tmp_path / "x", told.append)
    assert told == [f"{tmp_path / 'x'} is damaged and is not used"]


def test_what_is_gone_needs_no_word(tmp_path: Path) -> None:
    told: list[str] = []
    set_aside(tmp_path / "x", told.append)
    assert told == []
