"""Drafts of files that a killed process left behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from llmchat.store.atomic import write_plain


def test_a_draft_of_a_killed_process_with_our_number_is_in_nobodys_way(tmp_path: Path) -> None:
    """In a container every start may have the same number."""
    left = tmp_path / f".talk.json.{os.getpid()}.llmchat"
    left.write_text("half")
    write_plain(tmp_path / "talk.json", ["whole"])
    assert [(f.name, f.read_text()) for f in tmp_path.iterdir()] == [("talk.json", "whole")]


ENDLESS = """
import sys, time
from pathlib import Path
from llmchat.store.atomic import write_plain

def pieces():
    yield "x" * 100_000
    print("begun", flush=True)
    time.sleep(600)

write_plain(Path(sys.argv[1]), pieces())
"""


def test_what_a_killed_process_left_goes_with_a_later_write_to_the_folder(tmp_path: Path) -> None:
    """Unless it is fresh: its process may live on another machine."""
    command = [sys.executable, "-c", ENDLESS, str(tmp_path / "first.json")]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"begun\n"
        child.send_signal(signal.SIGKILL)
    (left,) = tmp_path.iterdir()
    write_plain(tmp_path / "second.json", ["whole"])
    assert left.exists()
    foreign = tmp_path / ".notes.llmchat"
    foreign.write_text("a person's own")
    link, folder = tmp_path / ".link.1.llmchat", tmp_path / ".folder.1.llmchat"
    link.symlink_to("second.json")
    folder.mkdir()
    yesterday = time.time() - 2 * 86_400
    for file in (left, foreign, link, folder):
        os.utime(file, (yesterday, yesterday), follow_symlinks=False)
    write_plain(tmp_path / "third.json", ["whole"])
    assert {f.name for f in tmp_path.iterdir()} == {
        *(foreign.name, link.name, folder.name), "second.json", "third.json"
    }  # fmt: skip
