"""Pipes, devices, sockets and folders in place of a file block nothing."""

from __future__ import annotations

import os
import pty
import socket
import stat
import threading
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from llmchat.app.batch.input.source import open_source
from llmchat.app.batch.results import OutFile
from llmchat.completion.values import offers
from llmchat.errors import ConfigError, LlmchatError, StorageError, UsageError
from llmchat.inputs.folder import read_folder
from llmchat.inputs.prompt import is_open, read_prompt
from llmchat.privacy.introductions import Introductions
from llmchat.providers.local.files import _layers as ollama_layers
from llmchat.providers.local.gguf import read_header
from llmchat.render.terminal.theme import theme_named
from llmchat.repl.input.drafts import LineDraft
from llmchat.root_certificate import russian_root
from llmchat.schemas.read import read_schema
from llmchat.settings.toml.document import read_text
from llmchat.settings.toml.rewrite import rewrite
from llmchat.store.atomic import write_plain, write_private
from llmchat.store.database.database import Database
from llmchat.store.history.repair.salvage import _copy as copy_file
from llmchat.store.lock import FileLock
from llmchat.store.private.files import read_private
from llmchat.store.secrecy import KEYS
from llmchat.store.state.allowed import Allowed
from llmchat.store.state.context_windows import Windows
from llmchat.store.state.health import Health
from llmchat.system.opening import (
    from_home,
    is_file,
    is_folder,
    is_there,
    open_descriptor,
    open_given,
    open_regular,
    open_sink,
    read_regular,
)
from llmchat.tools.lists import ToolLists
from llmchat.world import World

KINDS = ("pipe", "folder", "socket", "terminal", "device")


@pytest.fixture(params=KINDS)
def odd(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "odd"
    match request.param:
        case "pipe":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
        case "socket":
            socket.socket(socket.AF_UNIX).bind(str(path))
        case "terminal":
            path.symlink_to(os.ttyname(pty.openpty()[1]))
        case "device":
            path.symlink_to("/dev/zero")
    return path


def test_they_are_no_files(odd: Path) -> None:
    with pytest.raises(OSError, match=r"not a regular file|directory"):
        open_regular(odd)


def test_what_a_person_names_is_refused(odd: Path) -> None:
    with pytest.raises(OSError, match=r"not a regular file|directory|nobody writes"):
        open_given(odd, patience=0.1)


PLACES: dict[str, Callable[[Path], Any]] = {
    "health": lambda path: Health(path).rows(),
    "introductions": lambda path: Introductions(path).is_new("x"),
    "windows": lambda path: Windows(path).find("x", "y", 0).window,
    "instructions": lambda path: Allowed(path).find("x").digest,
    "tools": lambda path: ToolLists(path.parent).last(path.name.removesuffix(".json")),
    "completion": lambda path: offers(["conversation", ""], {"LLMCHAT_HOME": str(path.parent)}),
    "ollama": lambda path: ollama_layers(path),
}


@pytest.mark.parametrize("name", PLACES)
def test_in_the_place_of_a_small_file_of_ours_they_are_none(odd: Path, name: str) -> None:
    place = odd.rename(odd.with_name("history.db" if name == "completion" else "odd.json"))
    assert PLACES[name](place) in ([], True, 0, "", None, {})


def history_beside(odd: Path, suffix: str) -> Database:
    path = odd.with_name("history.db")
    Database.open(str(path)).close()
    odd.rename(f"{path}{suffix}")
    return Database.open(str(path))


REFUSED: dict[str, Callable[[Path], Any]] = {
    "private": read_private,
    "lock": lambda path: FileLock(path).acquire(),
    "root certificate": russian_root,
    "schema": lambda path: read_schema(f"./{path.name}", cwd=path.parent, is_secret=is_open),
    "output": lambda path: OutFile(path).lock(),
    "model": lambda path: read_header(path),
    "journal": lambda path: history_beside(path, "-journal"),
    "log": lambda path: history_beside(path, "-wal"),
    "salvage": lambda path: copy_file(str(path), str(path.with_name("copy"))),
}


@pytest.mark.parametrize("name", REFUSED)
def test_in_the_place_of_a_file_that_is_needed_they_are_told(odd: Path, name: str) -> None:
    with pytest.raises((LlmchatError, OSError)):
        REFUSED[name](odd)


async def test_a_batch_of_one_is_refused(odd: Path) -> None:
    world = World({}, StringIO(), StringIO(), StringIO(), odd.parent)
    with pytest.raises(UsageError):
        open_source(odd.name, world, format="", limit=99, is_secret=is_open)


def test_a_pipe_that_nobody_reads_is_told(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "out")
    with pytest.raises(OSError, match="nobody reads"):
        open_sink(tmp_path / "out", patience=0.1)


def test_a_pipe_that_nobody_opens_is_not_waited_for_as_long_as_a_slow_writer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("llmchat.system.opening.SOON", 0.05)
    os.mkfifo(tmp_path / "in")
    with pytest.raises(OSError, match="nobody writes"):
        open_given(tmp_path / "in", patience=1000)
    held = os.open(tmp_path / "in", os.O_RDWR)
    timer = threading.Timer(0.3, os.write, (held, b"late"))
    timer.start()
    with open_given(tmp_path / "in", patience=1000) as file:
        assert file.read(4) == b"late"
    os.close(held)


def test_a_socket_is_no_output(tmp_path: Path) -> None:
    socket.socket(socket.AF_UNIX).bind(str(tmp_path / "out"))
    with pytest.raises(OSError, match="not a regular file"):
        write_plain(tmp_path / "out", ["x"])


def test_a_pipe_that_somebody_reads_is_written(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "out")
    reader = os.open(tmp_path / "out", os.O_RDONLY | os.O_NONBLOCK)
    write_plain(tmp_path / "out", ["said"])
    assert os.read(reader, 9) == b"said"


def test_the_pipe_that_llmchat_itself_reads_is_no_output(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would be written until it is full, and then wait for itself."""
    reader, _writer = os.pipe()
    with pytest.raises(OSError, match="llmchat itself reads"):
        write_plain(Path(f"/dev/fd/{reader}"), ["said"])
    os.mkfifo(tmp_path / "in")
    both = os.open(tmp_path / "in", os.O_RDONLY | os.O_NONBLOCK)
    monkeypatch.setattr("llmchat.system.opening.STREAMS", (both,))
    with pytest.raises(OSError, match="llmchat itself reads"):
        open_sink(tmp_path / "in")


def test_the_pipe_that_llmchat_itself_writes_to_is_no_input() -> None:
    """Its end would never come."""
    _reader, writer = os.pipe()
    with pytest.raises(OSError, match="llmchat itself writes"):
        open_given(f"/dev/fd/{writer}")


def test_pipes_of_a_shell_are_read_and_written() -> None:
    reader, writer = os.pipe()
    write_plain(Path(f"/dev/fd/{writer}"), ["said"])
    assert os.read(reader, 9) == b"said"
    other, end = os.pipe()
    os.write(end, b"asked")
    os.close(end)
    assert open_given(f"/dev/fd/{other}").read() == b"asked"


def test_the_folder_of_nobody_stays_as_it_is_written() -> None:
    assert from_home("~nobody-of-that-name/x") == Path("~nobody-of-that-name/x")


def test_in_the_place_of_the_settings_they_are_a_mistake(odd: Path) -> None:
    with pytest.raises(ConfigError):
        read_text(odd)


def test_in_the_place_of_a_theme_they_are_a_mistake(odd: Path) -> None:
    with pytest.raises(ConfigError, match=r"not a regular file|directory"):
        theme_named(str(odd))


def test_in_the_place_of_the_history_they_are_refused(odd: Path) -> None:
    with pytest.raises(StorageError, match=r"not a regular file"):
        Database.open(str(odd))


def test_in_the_place_of_a_gitignore_they_are_no_rules(odd: Path, tmp_path: Path) -> None:
    odd.rename(tmp_path / ".gitignore")
    (tmp_path / "a.txt").write_text("x")
    assert [name for name, _ in read_folder(tmp_path, ".", limit=1000).texts] == ["a.txt"]


def test_a_link_that_took_the_place_of_a_file_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    (tmp_path / "link").symlink_to("a")
    assert read_regular(tmp_path / "link", 9) == b"x"
    with pytest.raises(OSError, match="symbolic link"):
        read_regular(tmp_path / "link", 9, follow=False)


def test_a_name_that_is_too_long_is_seen_nowhere(tmp_path: Path) -> None:
    long = tmp_path / ("ж" * 200)
    assert (is_file(long), is_folder(long), is_there(str(long))) == (False, False, False)
    assert (is_file(tmp_path), is_folder(tmp_path), is_there(tmp_path)) == (False, True, True)


@pytest.fixture
def device(tmp_path: Path) -> Path:
    """A device like /dev/null, in a folder where we may write."""
    path = tmp_path / "null"
    try:
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 3))
    except PermissionError:  # nor may we write in /dev then
        return Path(os.devnull)
    return path


def test_no_file_takes_the_place_of_a_device(device: Path, tmp_path: Path) -> None:
    """LLMCHAT_CONFIG=/dev/null means no settings; root would put a file there for everybody."""
    (tmp_path / "link").symlink_to(device)
    for path in (device, tmp_path / "link"):
        with pytest.raises(StorageError, match="not a regular file"):
            rewrite(path, lambda text: text + "model = 'x'")
    with pytest.raises(OSError, match="not a regular file"):
        write_private(device, b"x")
    write_plain(device, ["x"])
    assert stat.S_ISCHR(device.stat().st_mode)
    assert not (device.parent / ".null.lock").exists()


def test_the_null_device_is_an_empty_file() -> None:
    assert read_text(Path(os.devnull)) == ""


@pytest.mark.parametrize(
    "content",
    [
        "[" * 100_000,
        "{}",
        "7",
        '{"conversation": 1, "process": 1e999, "start": 0, "text": "x"}',
        '{"conversation": 1, "process": 99999999999999999999, "start": 0, "text": "x"}',
        '[{"provider": "x", "in_row": 1e400, "last": "soon"}]',
    ],
)
def test_rotten_small_files_are_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "x.json").write_text(content)
    assert Health(tmp_path / "x.json").rows() == []
    assert Introductions(tmp_path / "x.json").is_new("y")
    (tmp_path / "x.json").write_text(content)
    assert LineDraft(tmp_path, "c").take(is_new=True) == ""


def test_a_terminal_in_the_place_of_an_input_is_told(tmp_path: Path) -> None:
    name = os.ttyname(pty.openpty()[1])
    with pytest.raises(UsageError, match=r"not a regular file"):
        read_prompt([], files=[name], stdin=None, cwd=tmp_path)


def test_keys_are_looked_for_in_a_time_that_grows_with_the_text() -> None:
    assert KEYS.search("://a" * 100_000) is None


def test_a_file_that_has_nothing_to_say_yet_is_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """/proc/kmsg is a regular file that answers like a pipe; only root may read it."""
    (tmp_path / "silent").write_text("x")
    (tmp_path / "text").write_text("words")

    def opened(path: Path, **how: Any) -> int:
        return open_descriptor(path, **how) if path.name != "silent" else os.pipe2(os.O_NONBLOCK)[0]

    monkeypatch.setattr("llmchat.system.opening.open_descriptor", opened)
    assert read_folder(tmp_path, ".", limit=99).texts == (("text", "words"),)
    assert read_regular(tmp_path / "silent", 99) == b""
    for read in ("read", "readline", "readlines"):
        with open_regular(tmp_path / "silent") as file:
            assert not getattr(file, read)()


def test_a_batch_reads_no_further_than_a_byte_that_is_no_text(tmp_path: Path) -> None:
    """/dev/zero as stdin would fill the disk."""
    reads = 0

    class Endless(StringIO):
        def read(self, size: int | None = -1) -> str:
            nonlocal reads
            reads += 1
            assert reads < 5
            return "\0" * (size or 1)

    world = World({}, Endless(), StringIO(), StringIO(), tmp_path)
    source = open_source("-", world, format="", limit=10_000_000, is_secret=is_open)
    with source.file, pytest.raises(UsageError, match="a NUL byte"):
        list(source.lines())
