"""Drafts of files that a killed process left behind."""

import os
from pathlib import Path

from llmchat.store.atomic import write_plain


def test_a_draft_of_a_killed_process_with_our_number_is_in_nobodys_way(tmp_path: Path) -> None:
    """In a container every start may have the same number."""
    left = tmp_path / f".talk.json.{os.getpid()}.new"
    left.write_text("half")
    write_plain(tmp_path / "talk.json", ["whole"])
    assert [(f.name, f.read_text()) for f in tmp_path.iterdir()] == [("talk.json", "whole")]
