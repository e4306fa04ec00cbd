"""Private files under every umask, against links and foreign owners, and killed at any moment."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from llmchat.errors import StorageError
from llmchat.store.lock import FileLock, locked
from llmchat.store.ownership import Unwritable, private_folder
from llmchat.store.private.files import (
    change_private,
    read_private,
)

OLD, NEW = b"old " * 5000, b"new " * 9000
NOBODY = 65534

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="modes and owners are POSIX's")


@pytest.fixture(params=[0o000, 0o022, 0o077, 0o777], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir(mode=0o700)
    return folder


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def write(path: Path, content: bytes) -> list[str]:
    warnings: list[str] = []
    change_private(path, lambda _: content, warnings.append)
    return warnings


@pytest.mark.usefixtures("umask")
def test_a_new_file_and_its_folders_are_private_under_any_umask(home: Path) -> None:
    path = home / "a" / "b" / "keys.json"
    assert write(path, NEW) == []
    assert path.read_bytes() == NEW
    assert mode(path) == 0o600
    assert [mode(path.parent), mode(path.parent.parent)] == [0o700, 0o700]


@pytest.mark.usefixtures("umask")
def test_every_file_that_a_write_leaves_is_private(home: Path) -> None:
    write(home / "keys.json", NEW)
    assert {p.name: oct(mode(p)) for p in home.iterdir()} == {
        "keys.json": "0o600",
        ".keys.json.lock": "0o600",
    }


def test_a_draft_is_private_before_its_first_byte(home: Path) -> None:
    """Even where the umask is open, no moment exists in which others could open it."""
    script = f"""
        import os, sys
        os.umask(0)
        from pathlib import Path
        from llmchat.store.private.files import change_private
        def look(event, args):
            if event in ("os.fsync", "os.rename", "os.chmod", "os.remove"):
                for p in Path({str(home)!r}).iterdir():
                    assert p.stat().st_mode & 0o077 == 0, (event, p)
        sys.addaudithook(look)
        change_private(Path({str(home / "k")!r}), lambda _: b"x")
        """
    subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=True, timeout=60)


def test_a_missing_file_is_none(home: Path) -> None:
    assert read_private(home / "none.json") is None
    assert read_private(home / "no" / "folder" / "none.json") is None


def test_a_looser_file_is_mended_with_a_warning_and_only_once(home: Path) -> None:
    path = home / "keys.json"
    path.write_bytes(OLD)
    path.chmod(0o644)
    warnings: list[str] = []
    assert read_private(path, warnings.append) == OLD
    assert read_private(path, warnings.append) == OLD
    assert mode(path) == 0o600
    assert len(warnings) == 1
    assert "0644" in warnings[0]
    assert str(path) in warnings[0]


def test_a_looser_folder_is_mended_with_a_warning(home: Path) -> None:
    write(home / "keys.json", OLD)
    home.chmod(0o755)
    warnings: list[str] = []
    read_private(home / "keys.json", warnings.append)
    assert mode(home) == 0o700
    assert len(warnings) == 1
    assert "0755" in warnings[0]


def test_a_shared_folder_like_tmp_is_refused_and_left_alone(home: Path) -> None:
    home.chmod(0o1777)
    with pytest.raises(StorageError, match="a shared folder"):
        write(home / "keys.json", NEW)
    assert mode(home) == 0o1777


def test_a_symbolic_link_is_refused_for_reading_and_writing(home: Path) -> None:
    target = home / "target"
    target.write_bytes(OLD)
    target.chmod(0o600)
    (home / "keys.json").symlink_to(target)
    with pytest.raises(StorageError, match="symbolic link"):
        read_private(home / "keys.json")
    with pytest.raises(StorageError, match="symbolic link"):
        write(home / "keys.json", NEW)
    assert target.read_bytes() == OLD


def test_a_symbolic_link_in_the_place_of_the_draft_is_not_written_through(home: Path) -> None:
    victim = home / "victim"
    victim.write_bytes(OLD)
    (home / ".keys.json.new").symlink_to(victim)
    write(home / "keys.json", NEW)
    assert victim.read_bytes() == OLD
    assert (home / "keys.json").read_bytes() == NEW


def test_a_symbolic_link_in_the_place_of_the_lock_is_refused(home: Path) -> None:
    (home / ".keys.json.lock").symlink_to(home / "elsewhere")
    with pytest.raises(StorageError, match="symbolic link"):
        write(home / "keys.json", NEW)
    assert not (home / "elsewhere").exists()


def test_a_link_to_a_folder_of_ours_is_followed(home: Path, tmp_path: Path) -> None:
    """People keep their settings folders under links; the folder behind it is what is checked."""
    (tmp_path / "link").symlink_to(home)
    write(tmp_path / "link" / "keys.json", NEW)
    assert (home / "keys.json").read_bytes() == NEW


def test_a_file_of_another_user_is_refused(home: Path) -> None:
    path = home / "keys.json"
    if os.geteuid() != 0:
        path = Path("/etc/hostname")  # somebody else's on every machine
    else:
        path.write_bytes(OLD)
        os.chown(path, NOBODY, NOBODY)
    with pytest.raises(StorageError, match="another user"):
        read_private(path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_another_user_is_refused(home: Path) -> None:
    os.chown(home, NOBODY, NOBODY)
    with pytest.raises(StorageError, match="another user"):
        write(home / "keys.json", NEW)


def test_a_named_pipe_is_refused_without_hanging(home: Path) -> None:
    os.mkfifo(home / "keys.json", 0o600)
    with pytest.raises(StorageError, match="regular file"):
        read_private(home / "keys.json")


def test_an_enormous_file_is_refused(home: Path) -> None:
    with open(home / "keys.json", "wb") as file:
        file.truncate(5 * 1024 * 1024)
    (home / "keys.json").chmod(0o600)
    with pytest.raises(StorageError, match="too large"):
        read_private(home / "keys.json")


def test_a_folder_that_cannot_be_made_is_an_error_with_a_next_step(home: Path) -> None:
    (home / "file").write_bytes(b"")
    with pytest.raises(Unwritable, match="cannot write") as caught:
        private_folder(home / "file" / "below")
    assert "LLMCHAT_HOME" in caught.value.hint


@pytest.mark.parametrize("place", [".keys.json.new", ".keys.json.lock"])
def test_a_folder_in_our_way_is_an_error_and_leaves_the_old_file(home: Path, place: str) -> None:
    write(home / "keys.json", OLD)
    (home / place).unlink(missing_ok=True)
    (home / place / "full").mkdir(parents=True)
    with pytest.raises(Unwritable, match="cannot write"):
        write(home / "keys.json", NEW)
    assert read_private(home / "keys.json") == OLD


@pytest.mark.parametrize("name", ["x" * 300, "x" * 300 + "/keys.json"])
def test_a_name_that_the_disk_does_not_take_is_an_error(home: Path, name: str) -> None:
    with pytest.raises(StorageError, match="cannot read"):
        read_private(home / name)
    with pytest.raises(StorageError):
        write(home / name, NEW)


def test_an_unchanged_content_is_not_written_again(home: Path) -> None:
    write(home / "keys.json", NEW)
    before = (home / "keys.json").stat().st_ino
    write(home / "keys.json", NEW)
    assert (home / "keys.json").stat().st_ino == before


def test_none_deletes_the_file(home: Path) -> None:
    write(home / "keys.json", NEW)
    change_private(home / "keys.json", lambda _: None)
    assert not (home / "keys.json").exists()


def test_a_change_that_fails_leaves_the_old_file_and_the_lock_free(home: Path) -> None:
    write(home / "keys.json", OLD)
    with pytest.raises(ZeroDivisionError):
        change_private(home / "keys.json", lambda _: bytes(1 // 0))
    assert write(home / "keys.json", NEW) == []


def test_a_second_holder_waits_and_gives_up_with_the_remedy(home: Path) -> None:
    path = home / "keys.json"
    with (
        locked(path),
        pytest.raises(StorageError, match="another llmchat"),
        locked(path, patience=0.02),
    ):
        pass


def test_a_lock_can_be_taken_again_after_it_was_left(home: Path) -> None:
    one, two = FileLock(home / "lock"), FileLock(home / "lock")
    assert one.acquire()
    assert not two.acquire()
    one.release()
    one.release()
    assert two.acquire()
    two.release()


def test_a_killed_holder_blocks_nobody(home: Path) -> None:
    script = """
        import sys, time
        from pathlib import Path
        from llmchat.store.lock import FileLock
        lock = FileLock(Path(sys.argv[1]))
        print(lock.acquire(), flush=True)
        time.sleep(60)
        """
    command = [sys.executable, "-c", textwrap.dedent(script), str(home / "lock")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "True\n"
        mine = FileLock(home / "lock")
        assert not mine.acquire()
        holder.send_signal(signal.SIGKILL)
        holder.wait(60)
        assert mine.acquire()
        mine.release()


CRASHING_WRITER = """
    import os, signal, sys
    from pathlib import Path
    from llmchat.store.private.files import change_private
    path, new, left = Path(sys.argv[1]), b"new " * 9000, int(sys.argv[2])
    def step(event, args):
        global left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(step)
    change_private(path, lambda _: new)
    os._exit(0)
    """


def test_kill_9_at_every_step_of_a_write_leaves_the_old_or_the_new_file(home: Path) -> None:
    """The interpreter kills itself before its n-th system call, for every n there is."""
    path, outcomes, step = home / "keys.json", [], 1
    while True:
        write(path, OLD)
        script = textwrap.dedent(CRASHING_WRITER)
        done = subprocess.run([sys.executable, "-c", script, str(path), str(step)], timeout=60)
        content = read_private(path)
        assert content in (OLD, NEW), f"step {step}"
        outcomes.append(content == NEW)
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL
        step += 1
    assert step > 5
    assert outcomes[0] is False
    assert outcomes[-1] is True
    assert outcomes == sorted(outcomes)


def test_what_a_killed_writer_left_is_gone_after_the_next_write(home: Path) -> None:
    """A draft holds keys: it must not stay behind."""
    (home / ".keys.json.new").write_bytes(b"half a key")
    write(home / "keys.json", NEW)
    assert sorted(p.name for p in home.iterdir()) == [".keys.json.lock", "keys.json"]


def test_sixteen_writers_lose_no_change(home: Path) -> None:
    script = """
        import sys
        from pathlib import Path
        from llmchat.store.private.files import change_private
        for _ in range(5):
            change_private(Path(sys.argv[1]), lambda old: (old or b"") + b"x")
        """
    command = [sys.executable, "-c", textwrap.dedent(script), str(home / "count")]
    writers = [subprocess.Popen(command) for _ in range(16)]
    assert [writer.wait(60) for writer in writers] == [0] * 16
    assert (home / "count").read_bytes() == b"x" * 80
