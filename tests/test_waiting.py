"""Data from a pipe are waited for, so that signals are noticed."""

from __future__ import annotations

import io
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from llmchat.system.waiting import Waited, pieces

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no poll")


class Watched(io.FileIO):
    """A pipe that fails if it is read before there is something."""

    def read1(self, size: int) -> bytes | None:
        assert select.select([self], [], [], 0)[0], "a read that waits hears no signal"
        return self.read(size)


@pytest.fixture
def pipe() -> Iterator[tuple[Watched, int]]:
    reading, writing = os.pipe()
    with Watched(reading) as stream:
        yield stream, writing


def later(*deeds: object) -> None:
    def run() -> None:
        for deed in deeds:
            time.sleep(0.05)
            assert callable(deed)
            deed()

    threading.Thread(target=run).start()


def test_nothing_is_read_before_it_is_there(pipe: tuple[Watched, int]) -> None:
    stream, writing = pipe
    later(
        lambda: os.write(writing, b"one"),
        lambda: os.write(writing, b"two"),
        lambda: os.close(writing),
    )
    assert list(pieces(stream, 100)) == [b"one", b"two"]


def test_a_signal_that_ends_nothing_is_waited_through(pipe: tuple[Watched, int]) -> None:
    stream, writing = pipe
    heard: list[int] = []
    before = signal.signal(signal.SIGUSR1, lambda number, _: heard.append(number))
    try:
        later(
            lambda: os.kill(os.getpid(), signal.SIGUSR1),
            lambda: os.write(writing, b"one"),
            lambda: os.close(writing),
        )
        assert list(pieces(stream, 100)) == [b"one"]
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert heard == [signal.SIGUSR1]


def test_a_ctrl_c_ends_the_wait_and_leaves_nothing_behind(pipe: tuple[Watched, int]) -> None:
    stream, writing = pipe
    later(lambda: os.kill(os.getpid(), signal.SIGINT))
    with pytest.raises(KeyboardInterrupt):
        list(pieces(stream, 100))
    assert signal.set_wakeup_fd(-1) == -1
    os.close(writing)


def test_what_has_no_descriptor_is_read_as_it_is() -> None:
    assert list(pieces(io.BytesIO(b"abc"), 2)) == [b"ab", b"c"]
    assert list(pieces(io.StringIO("abc"), 2)) == ["ab", "c"]


def test_as_a_file_it_is_read_in_any_sizes(pipe: tuple[Watched, int]) -> None:
    stream, writing = pipe
    later(
        lambda: os.write(writing, b"one two"),
        lambda: os.write(writing, b" three"),
        lambda: os.close(writing),
    )
    with io.BufferedReader(Waited(stream)) as file:
        assert file.peek(4) == b"one two"
        assert [file.read(2), file.read(9), file.read()] == [b"on", b"e two thr", b"ee"]
    assert signal.set_wakeup_fd(-1) == -1


def test_a_file_that_is_closed_early_waits_no_longer(pipe: tuple[Watched, int]) -> None:
    stream, writing = pipe
    os.write(writing, b"one")
    with io.BufferedReader(Waited(stream)) as file:
        assert file.read(1) == b"o"
    assert signal.set_wakeup_fd(-1) == -1
    os.close(writing)
