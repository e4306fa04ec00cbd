"""What was typed and not sent."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from llmchat.repl.input.drafts import LineDraft


def left_behind(folder: Path, name: str, text: str, conversation: str = "a") -> Path:
    """Writes a draft of a process that has ended."""
    done = subprocess.Popen([sys.executable, "-S", "-c", ""])
    done.wait()
    folder.mkdir(exist_ok=True, mode=0o700)
    record = {"conversation": conversation, "process": done.pid, "start": "", "text": text}
    path = folder / f"{name}.json"
    path.write_text(json.dumps(record))
    return path


async def test_a_draft_is_saved_privately_and_gone_when_it_is_sent(tmp_path: Path) -> None:
    folder = tmp_path / "drafts"
    draft = LineDraft(folder, "a")
    draft.text = "half a thought"
    draft.save()
    [file] = folder.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert json.loads(file.read_text())["text"] == "half a thought"
    draft.text = ""
    draft.save()
    assert list(folder.iterdir()) == []


async def test_the_draft_of_a_living_session_is_its_own(tmp_path: Path) -> None:
    mine = LineDraft(tmp_path / "d", "a")
    mine.text = "mine"
    mine.save()
    assert LineDraft(tmp_path / "d", "a").take(is_new=True) == ""


async def test_a_resumed_conversation_takes_its_own_draft_only(tmp_path: Path) -> None:
    left_behind(tmp_path / "d", "1", "of a", "a")
    left_behind(tmp_path / "d", "2", "of b", "b")
    assert LineDraft(tmp_path / "d", "b").take(is_new=False) == "of b"
    assert LineDraft(tmp_path / "d", "c").take(is_new=False) == ""


async def test_a_new_conversation_takes_the_newest(tmp_path: Path) -> None:
    old = left_behind(tmp_path / "d", "1", "old", "a")
    os.utime(old, (1, 1))
    left_behind(tmp_path / "d", "2", "new", "b")
    assert LineDraft(tmp_path / "d", "c").take(is_new=True) == "new"


async def test_what_was_taken_is_ours_from_then_on(tmp_path: Path) -> None:
    """Another session finds nothing, and a second crash loses nothing."""
    left_behind(tmp_path / "d", "1", "once")
    first = LineDraft(tmp_path / "d", "a")
    assert first.take(is_new=True) == "once"
    assert LineDraft(tmp_path / "d", "a").take(is_new=True) == ""
    [file] = (tmp_path / "d").iterdir()
    assert json.loads(file.read_text())["process"] == os.getpid()


async def test_damaged_files_and_no_folder_are_no_draft(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "x.json").write_text('{"text": 1')
    (tmp_path / "d" / "y.json").write_text("[]")
    assert LineDraft(tmp_path / "d", "a").take(is_new=True) == ""
    assert LineDraft(tmp_path / "none", "a").take(is_new=True) == ""


def files(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def test_without_a_folder_nothing_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # where a file without a folder would be
    draft = LineDraft(None, "a")
    draft.text = "secret"
    draft.save()
    assert LineDraft(None, "a").take(is_new=True) == draft.take(is_new=True) == ""
    assert files(tmp_path) == []


async def test_a_disk_that_refuses_does_not_disturb(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    draft = LineDraft(tmp_path / "file", "a")
    draft.text = "words"
    draft.save()
    assert draft.text == "words"


async def test_a_folded_paste_is_kept_whole(tmp_path: Path) -> None:
    draft = LineDraft(tmp_path / "d", "a", unfold=lambda text: text.replace("[mark]", "long"))
    draft.text = "see [mark]"
    draft.save()
    [file] = (tmp_path / "d").iterdir()
    assert json.loads(file.read_text())["text"] == "see long"
