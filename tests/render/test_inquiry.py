"""A terminal is asked about synchronized output, and no key that was typed meanwhile is lost."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import pytest

from llmchat.render.inquiry import QUESTION, Reply, inquire, read_reply

if sys.platform == "win32":
    pytest.skip("Windows has no pseudo-terminals of this kind", allow_module_level=True)

import select
import termios
import threading


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    """Both ends of a pseudo-terminal: that of the terminal, that of the program."""
    import pty

    outer, inner = pty.openpty()
    yield outer, inner
    os.close(outer)
    os.close(inner)


def answering(outer: int, answer: bytes) -> threading.Thread:
    def answer_once() -> None:
        asked = b""
        while QUESTION not in asked and select.select([outer], [], [], 5)[0]:
            asked += os.read(outer, 1024)
        os.write(outer, answer)

    thread = threading.Thread(target=answer_once)
    thread.start()
    return thread


@pytest.mark.parametrize(
    ("answer", "reply"),
    [
        (b"\x1b[?2026;2$y\x1b[?62;22c", Reply(synchronized=True)),
        (b"\x1b[?2026;1$y\x1b[?6c", Reply(synchronized=True)),
        (b"\x1b[?2026;0$y\x1b[?6c", Reply(synchronized=False)),
        (b"\x1b[?2026;4$y\x1b[?6c", Reply(synchronized=False)),
        (b"\x1b[?6c", Reply(synchronized=False)),
        (b"he\x1b[?2026;2$yl\x1b[?62clo", Reply(synchronized=True, typed=b"hello")),
        (b"", Reply(synchronized=False)),
    ],
)
def test_an_answer_is_read(answer: bytes, reply: Reply) -> None:
    assert read_reply(answer) == reply


def test_a_terminal_that_answers_is_believed_and_left_as_it_was(
    terminal: tuple[int, int],
) -> None:
    outer, inner = terminal
    before = termios.tcgetattr(inner)
    thread = answering(outer, b"x\x1b[?2026;2$y\x1b[?62;22c")
    assert inquire(inner, inner, patience=5) == Reply(synchronized=True, typed=b"x")
    thread.join()
    assert termios.tcgetattr(inner) == before


def test_a_terminal_that_says_nothing_is_not_waited_for_long(terminal: tuple[int, int]) -> None:
    assert inquire(terminal[1], terminal[1], patience=0.01) == Reply(synchronized=False)


def test_keys_that_wait_are_left_to_wait(terminal: tuple[int, int]) -> None:
    outer, inner = terminal
    os.write(outer, b"typed ahead\n")
    assert inquire(inner, inner) == Reply(synchronized=False)
    assert os.read(inner, 100) == b"typed ahead\n"


def test_a_pipe_is_not_asked() -> None:
    reader, writer = os.pipe()
    assert inquire(reader, writer) == Reply(synchronized=False)
    os.close(writer)
    assert os.read(reader, 100) == b""
    os.close(reader)
