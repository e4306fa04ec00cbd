"""Where the answer goes: full disks, closed streams, files, and nothing but the answer."""

from __future__ import annotations

import array
import fcntl
import os
import subprocess
import termios
import time
from collections.abc import Callable

import pytest

from tests.e2e.faults import check_stderr
from tests.e2e.shell import LLMCHAT, PATIENCE, Result, Shell

DEMO = "llmchat ask -p demo"
FORMS = ("", "--raw", "--json", "--jsonl", "--markdown", "-x", "--no-stream")


def failed(result: Result, code: int, says: str) -> None:
    assert (result.code, result.out) == (code, ""), result.err
    check_stderr(result, failed=True)
    assert len(result.lines) == 2, result.err
    assert says in result.lines[0]


@pytest.mark.parametrize("form", FORMS)
def test_full_disk_behind_stdout(shell: Shell, form: str) -> None:
    """Exit 3 with one line of what happened; the answer is in the history."""
    failed(shell.line(f"{DEMO} {form} hi > /dev/full"), 3, "stdout cannot be written")
    asked = [] if form == "--jsonl" else ["user", "assistant"]  # its first line is before all
    assert [s.role for s in shell.history()] == asked


@pytest.mark.parametrize("form", FORMS)
def test_closed_stdout(shell: Shell, form: str) -> None:
    """Nobody is asked when there is no place for the answer."""
    failed(shell.line(f"{DEMO} {form} hi >&-"), 3, "stdout is closed")
    assert shell.history() == []


@pytest.mark.parametrize("form", ["", "--json"])
def test_closed_stderr(shell: Shell, form: str) -> None:
    """The answer comes all the same, and nothing else comes with it."""
    whole = shell.line(f"{DEMO} {form} hi")
    result = shell.line(f"{DEMO} {form} hi 2>&-")
    assert result.code == 0
    assert form or result.out == whole.out
    assert shell.line("llmchat ask -p openai hi 2>&-").code == 4


def test_closed_stdin(shell: Shell) -> None:
    result = shell.line(f"{DEMO} hi <&-")
    assert result.code == 0, result.err
    assert "> hi\n" in result.out


def test_all_streams_closed(shell: Shell) -> None:
    assert shell.line(f"{DEMO} hi <&- >&- 2>&-").code == 3


def test_full_disk_behind_stderr(shell: Shell) -> None:
    result = shell.line(
        "LLMCHAT_OPENAI_BASE_URL=http://127.0.0.1:9 llmchat ask -p openai hi 2>/dev/full"
    )
    assert (result.code, result.out) == (4, "") or result.code == 5


@pytest.mark.parametrize(
    "command",
    ["models", "models --json", "--help", "--version", "config list", "ask --help"],
)
def test_other_commands_on_a_full_disk(shell: Shell, command: str) -> None:
    result = shell.line(f"llmchat {command} > /dev/full")
    assert "Traceback" not in result.err
    assert result.code == 3, result
    assert len(result.lines) == 2, result.err


@pytest.mark.parametrize("command", ["models", "--help", "--version", "config list", "ask --help"])
def test_other_commands_with_a_closed_stdout(shell: Shell, command: str) -> None:
    failed(shell.line(f"llmchat {command} >&-"), 3, "stdout is closed")


@pytest.mark.parametrize("command", ["models", "--version", "ask -p demo hi"])
def test_a_stdout_opened_for_reading_is_not_blamed_on_the_disk(shell: Shell, command: str) -> None:
    result = shell.line(f"llmchat {command} 1</dev/null")
    failed(result, 3, "stdout cannot be written")
    assert "disk" not in result.err


def until(seen: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + PATIENCE
    while not seen() and process.poll() is None and time.monotonic() < end:
        time.sleep(0.01)


def waiting_in(pipe: int) -> int:
    count = array.array("i", [0])
    fcntl.ioctl(pipe, termios.FIONREAD, count)
    return count[0]


def test_a_pipe_that_does_not_wait_is_written_as_its_reader_reads(shell: Shell) -> None:
    """A parent process such as Node may have set the pipe non-blocking; its reader may be slow."""
    reads, writes = os.pipe()
    os.set_blocking(writes, False)
    words = (str(LLMCHAT), "ask", "-p", "demo", "-o", "tokens", "30000", "hi")
    with subprocess.Popen(
        words, env=shell.environ, stdin=subprocess.DEVNULL, stdout=writes, stderr=subprocess.PIPE
    ) as process:
        os.close(writes)
        until(lambda: waiting_in(reads) > 60_000, process)
        with open(reads, "rb") as answer:
            said = answer.read()
        assert process.stderr
        assert process.stderr.read() == b""
    assert process.returncode == 0
    assert len(said) > 100_000


def test_a_pipe_that_does_not_wait_is_read_to_its_end(shell: Shell) -> None:
    """Data that arrive late are part of the question too."""
    reads, writes = os.pipe()
    os.set_blocking(reads, False)
    words = (str(LLMCHAT), "ask", "-p", "demo", "a question")
    with subprocess.Popen(words, env=shell.environ, stdin=reads, stdout=subprocess.PIPE) as process:
        until(lambda: os.get_blocking(reads), process)
        os.write(writes, b"what came late")
        os.close(writes)
        assert process.stdout
        assert b"what came late" in process.stdout.read()
    os.close(reads)


def test_head_is_silent(shell: Shell) -> None:
    """`| head -1` gets a line, and nobody complains."""
    result = shell.line(f"{DEMO} -o tokens 3000 hi | head -1")
    assert (result.code, result.err) == (0, "")
    assert result.out == "You asked:\n"


def test_exact_text_and_one_newline(shell: Shell) -> None:
    result = shell.line(f"{DEMO} --raw hi")
    assert result.out.endswith("start a local server.\n")
    assert not result.out.endswith("\n\n")


def test_file_is_written_whole_or_not_at_all(shell: Shell) -> None:
    assert shell.line(f"{DEMO} -O a.md hi").code == 0
    text = (shell.home / "a.md").read_text()
    assert text.startswith("You asked:")
    env = {
        "OPENAI_API_KEY": "k" * 20,
        "LLMCHAT_OPENAI_BASE_URL": "http://127.0.0.1:9",
        "LLMCHAT_RETRIES": "0",
    }
    assert shell.line("llmchat ask -p openai -m m -O a.md hi", env=env).code == 5
    assert (shell.home / "a.md").read_text() == text
    assert [p.name for p in shell.home.iterdir() if "a.md" in p.name] == ["a.md"]


@pytest.mark.parametrize("path", ["missing/a.md", ".", "a.md/b.md"])
def test_file_that_cannot_be(shell: Shell, path: str) -> None:
    """Told before the question is asked."""
    (shell.home / "a.md").write_text("x")
    result = shell.line(f"{DEMO} -O {path} hi")
    assert result.code in (2, 3), result
    check_stderr(result, failed=True)
    assert shell.history() == []


@pytest.mark.parametrize(
    ("flags", "begins"),
    [("", "You asked:"), ("-x 1", "def greet"), ("--schema name", '{"name":'), ("--json", "{")],
)
def test_full_disk_behind_a_file(shell: Shell, flags: str, begins: str) -> None:
    """The answer goes to stdout, as it would without -O."""
    usual = shell.line(f"{DEMO} -n {flags} hi")
    result = shell.line(f"{DEMO} -n {flags} -O /dev/full hi")
    assert (result.code, result.out[: len(begins)]) == (3, begins), result
    assert flags == "--json" or result.out == usual.out
    check_stderr(result, failed=True)


def test_full_disk_behind_a_file_of_compared_answers(shell: Shell) -> None:
    result = shell.line("llmchat ask -n --vs demo/demo --vs demo/demo -O /dev/full hi")
    assert (result.code, result.out.count("You asked:")) == (3, 2), result
    assert "the answer went to stdout instead" in result.err
