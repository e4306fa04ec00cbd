"""The settings file is written whole or not at all, and nobody's change is lost."""

from __future__ import annotations

import fcntl
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from llmchat.errors import ConfigError, StorageError
from llmchat.settings.toml.rewrite import rewrite

ADD_LINES = """
import sys
from pathlib import Path
from llmchat.settings.toml.rewrite import rewrite
for n in range(20):
    rewrite(Path(sys.argv[1]), lambda text: text + f"{sys.argv[2]}{n} = 1\\n")
"""


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_file_and_its_folders_are_private(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "config.toml"
    old = os.umask(0o277)
    try:
        rewrite(path.parent.parent.parent / "config.toml", lambda text: text + "a = 1\n")
    finally:
        os.umask(old)
    rewrite(path, lambda text: text + "a = 1\n")
    assert path.read_text() == (tmp_path / "config.toml").read_text() == "a = 1\n"
    assert (mode(path), mode(tmp_path / "config.toml")) == (0o600, 0o600)
    assert (mode(path.parent), mode(path.parent.parent)) == (0o700, 0o700)


def test_a_folder_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    rewrite(tmp_path / "config.toml", lambda text: "a = 1\n")
    assert mode(tmp_path) == 0o755


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "dotfiles").mkdir()
    real = tmp_path / "dotfiles" / "llmchat.toml"
    real.write_text("a = 1\n")
    (tmp_path / "config.toml").symlink_to(real)
    rewrite(tmp_path / "config.toml", lambda text: text + "b = 2\n")
    assert (tmp_path / "config.toml").is_symlink()
    assert real.read_text() == "a = 1\nb = 2\n"


def test_windows_line_ends_stay(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"a = 1\r\n")
    rewrite(path, lambda text: text + "b = 2\r\n")
    assert path.read_bytes() == b"a = 1\r\nb = 2\r\n"


def test_a_change_that_fails_leaves_the_file(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("a = 1\n")

    def fail(text: str) -> str:
        raise ConfigError("no")

    with pytest.raises(ConfigError, match="no"):
        rewrite(path, fail)
    assert path.read_text() == "a = 1\n"


def test_what_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match=r"cannot write .*/config.toml: Not a directory"):
        rewrite(tmp_path / "file" / "config.toml", lambda text: "a = 1\n")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes devices, and could lose one")
def test_a_null_device_stays_one(tmp_path: Path) -> None:
    """LLMCHAT_CONFIG=/dev/null, for no settings at all."""
    device = tmp_path / "null"
    os.mknod(device, stat.S_IFCHR | 0o666, os.makedev(1, 3))
    (tmp_path / "config.toml").symlink_to(device)
    for path in (device, tmp_path / "config.toml"):
        with pytest.raises(StorageError, match="not a regular file"):
            rewrite(path, lambda text: "a = 1\n")
    assert device.is_char_device()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["config.toml", "null"]


def test_a_disk_that_refuses_leaves_the_old_file_and_no_draft(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("a = 1\n")
    (tmp_path / ".config.toml.new").mkdir()
    with pytest.raises(StorageError):
        rewrite(path, lambda text: "b = 2\n")
    assert path.read_text() == "a = 1\n"


def test_it_does_not_wait_for_ever(tmp_path: Path) -> None:
    with (tmp_path / ".config.toml.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(StorageError, match="another llmchat is writing"):
            rewrite(tmp_path / "config.toml", lambda text: "a = 1\n", patience=0.05)


def test_processes_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    running = [
        subprocess.Popen([sys.executable, "-c", ADD_LINES, str(path), name]) for name in "abc"
    ]
    assert [process.wait(timeout=60) for process in running] == [0, 0, 0]
    expected = {f"{name}{n} = 1" for name in "abc" for n in range(20)}
    assert set(path.read_text().split("\n")) == expected | {""}
