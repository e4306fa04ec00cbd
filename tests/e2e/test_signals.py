"""Signals at several moments: the process ends by that signal, and what came is kept."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import llmchat
from tests.e2e.faults import QUESTION, settings
from tests.e2e.frames import END, delta, stop
from tests.e2e.shell import LLMCHAT, Shell
from tests.servers.scripted import SSE, Server, Visit, head, serving

CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}
STOPS = sorted(CODES)


async def _no_word(visit: Visit) -> None:
    await visit.hung_up()


async def _half(visit: Visit) -> None:
    await visit.send(head(200, SSE) + delta("The answer "))
    await visit.hung_up()


async def _busy(visit: Visit) -> None:
    await visit.send(b"HTTP/1.1 503 Busy\r\nretry-after: 30\r\ncontent-length: 0\r\n\r\n")


# What an interpreter says that was not up yet: none of us was there, and `site` may even go on.
TOO_EARLY = ("init_import_site", "Error processing line")
OURS = str(Path(llmchat.__file__).parent) + os.sep


class Child:
    """A run that is observed while it continues."""

    def __init__(self, shell: Shell, url: str, *argv: str, **more: Any) -> None:
        self._got, self._told = b"", b""
        self.process = subprocess.Popen(
            [str(LLMCHAT), "ask", "-p", "openai", *argv, QUESTION],
            env={**shell.environ, **settings("openai", url)},
            stdin=more.pop("stdin", subprocess.DEVNULL),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=shell.home,
            **more,
        )

    def until_said(self, text: bytes) -> None:
        assert self.process.stdout is not None
        self._got = _until(text, self.process.stdout.fileno())

    def until_told(self, text: bytes) -> None:
        """Waits for a text on stderr."""
        assert self.process.stderr is not None
        self._told = _until(text, self.process.stderr.fileno())

    def close_stdout(self) -> None:
        """Closes stdout, as `head -1` does."""
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.process.stdout = None

    def end(self) -> tuple[int, bytes, str]:
        out: bytes | None
        out, err = self.process.communicate(timeout=60)
        return self.process.returncode, self._got + (out or b""), (self._told + err).decode()


def _too_early(err: str) -> bool:
    """The signal came while Python, the script that pip wrote or our first module was loading."""
    in_the_script = "Traceback" in err and OURS not in err.replace(f"{OURS}__main__.py", "")
    return in_the_script or any(early in err for early in TOO_EARLY)


def _until(text: bytes, fd: int) -> bytes:
    """Reads until the text has come; returns what was read."""
    got = b""
    while text not in got:
        more = os.read(fd, 4096)
        assert more, f"it ended without {text!r}: {got!r}"
        got += more
    return got


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110  # another process has no event for us
            await asyncio.sleep(0.01)


async def asked(server: Server) -> None:
    """Returns when the request has arrived."""
    await until(lambda: server.asked)


async def kept(shell: Shell, text: str) -> None:
    """Returns when this part of the continuing answer is in the history."""
    await until(lambda: shell.pieces() == text)


@pytest.mark.parametrize("number", STOPS, ids=lambda n: signal.Signals(n).name)
async def test_a_signal_in_the_middle_of_an_answer(shell: Shell, number: int) -> None:
    """What came stays on stdout and in the history, marked; the process died of the signal."""
    async with serving(_half) as server:
        child = Child(shell, server.url)
        await asyncio.to_thread(child.until_said, b"answer")
        child.process.send_signal(number)
        code, out, err = await asyncio.to_thread(child.end)
    assert code == -number
    assert out == b"The answer \n"
    assert err.startswith("llmchat: ")
    assert len(err.splitlines()) <= 2
    assert [(s.state, s.text) for s in shell.history()] == [
        ("complete", QUESTION),
        ("interrupted", "The answer "),
    ]


@pytest.mark.parametrize("number", STOPS, ids=lambda n: signal.Signals(n).name)
async def test_a_signal_before_the_first_word(shell: Shell, number: int) -> None:
    async with serving(_no_word) as server:
        child = Child(shell, server.url)
        await asked(server)
        child.process.send_signal(number)
        code, out, err = await asyncio.to_thread(child.end)
    assert (code, out) == (-number, b"")
    assert err.count("llmchat: ") == 1
    assert [s.state for s in shell.history()] == ["complete", "interrupted"]


async def test_ctrl_c_between_two_tries(shell: Shell) -> None:
    """A wait of thirty seconds ends at once."""
    async with serving(_busy) as server:
        child = Child(shell, server.url)
        await asyncio.to_thread(child.until_told, b"retrying in 30.0 s")
        child.process.send_signal(signal.SIGINT)
        code, out, err = await asyncio.to_thread(child.end)
    assert (code, out) == (-signal.SIGINT, b"")
    assert "retrying in 30.0 s" in err
    assert len(server.asked) == 1


@pytest.mark.parametrize("number", STOPS, ids=lambda n: signal.Signals(n).name)
async def test_a_signal_at_any_moment_of_the_start(
    new_shell: Callable[[str], Shell], number: int
) -> None:
    """No traceback, however early it comes; a turn that has begun is kept."""
    async with serving(_no_word) as server:
        for tenth in range(1, 9):
            shell = new_shell(f"{number}-{tenth}")
            child = Child(shell.unmeasured(), server.url)
            await asyncio.sleep(tenth * 0.03)
            child.process.send_signal(number)
            try:
                code, out, err = await asyncio.to_thread(child.end)
            except subprocess.TimeoutExpired:
                child.process.kill()
                code, out, err = await asyncio.to_thread(child.end)
                assert _too_early(err), err
            if _too_early(err):
                continue
            assert "Traceback" not in err, err
            assert (code, out) == (-number, b""), err


@pytest.mark.parametrize("module", ["copy", "typer"])  # before the command is known, and behind it
def test_a_ctrl_c_in_the_middle_of_a_class_is_one(
    shell: Shell, tmp_path: Path, module: str
) -> None:
    """Python 3.11 makes a RuntimeError of it."""
    (tmp_path / f"{module}.py").write_text(
        "class Ctrl:\n"
        "    def __set_name__(self, *_):\n"
        "        raise KeyboardInterrupt\n"
        "class Made:\n"
        "    c = Ctrl()\n"
    )
    bare = shell.unmeasured()
    path = f"{tmp_path}{os.pathsep}{bare.environ.get('PYTHONPATH', '')}"
    result = bare.run("ask", "-p", "demo", "hi", env={"PYTHONPATH": path})
    assert (result.signal, result.out, result.err) == ("SIGINT", "", "")


async def test_json_of_an_interrupted_answer(shell: Shell) -> None:
    """The object comes all the same, with what there was."""
    async with serving(_half) as server:
        child = Child(shell, server.url, "--json")
        await kept(shell, "The answer ")
        child.process.send_signal(signal.SIGINT)
        code, out, _ = await asyncio.to_thread(child.end)
    assert code == -signal.SIGINT
    row = json.loads(out)
    assert (row["text"], row["finish_reason"]) == ("The answer ", "interrupted")
    assert (row["error"]["kind"], row["error"]["exit_code"]) == ("interrupted", 130)


async def test_nohup_is_respected(shell: Shell) -> None:
    """A SIGHUP that was ignored from outside stays ignored."""

    signalled = asyncio.Event()

    async def slow(visit: Visit) -> None:
        await visit.send(head(200, SSE) + delta("The answer "))
        await signalled.wait()
        await visit.send(delta("is 42."), stop(), END)

    async with serving(slow) as server:
        child = Child(
            shell, server.url, preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)
        )
        await asyncio.to_thread(child.until_said, b"answer")
        child.process.send_signal(signal.SIGHUP)
        signalled.set()
        code, out, _ = await asyncio.to_thread(child.end)
    assert (code, out) == (0, b"The answer is 42.\n")


async def test_suspended_and_resumed(shell: Shell) -> None:
    """A stop and a continue cost nothing, although the deadline passes meanwhile."""

    stopped = asyncio.Event()

    async def slow(visit: Visit) -> None:
        await visit.send(head(200, SSE) + delta("The answer "))
        await stopped.wait()
        await visit.send(delta("is 42."), stop(), END)

    async with serving(slow) as server:
        child = Child(shell, server.url)
        await asyncio.to_thread(child.until_said, b"answer")
        child.process.send_signal(signal.SIGSTOP)
        stopped.set()
        await asyncio.sleep(1)
        child.process.send_signal(signal.SIGCONT)
        code, out, err = await asyncio.to_thread(child.end)
    assert (code, out, err) == (0, b"The answer is 42.\n", "")


async def test_killed_keeps_what_came(shell: Shell) -> None:
    """SIGKILL asks nobody; the question and the text so far are in the file."""
    async with serving(_half) as server:
        child = Child(shell, server.url)
        await kept(shell, "The answer ")
        child.process.kill()
        await asyncio.to_thread(child.end)
    shell.ask("-p", "demo", "and now?")
    assert [(s.state, s.text) for s in shell.history()][:2] == [
        ("complete", QUESTION),
        ("interrupted", "The answer "),
    ]


async def test_ctrl_c_while_a_pipe_is_waited_for(shell: Shell) -> None:
    """Before the question is known: ended by the signal, without a traceback."""
    reading, writing = os.pipe()
    child = Child(shell, "", "-p", "demo", stdin=reading)
    os.close(reading)
    more_than_it_holds = b"x" * 100_000
    while more_than_it_holds:  # a pipe takes no more until somebody reads
        written = await asyncio.to_thread(os.write, writing, more_than_it_holds)
        more_than_it_holds = more_than_it_holds[written:]
    child.process.send_signal(signal.SIGINT)
    code, out, err = await asyncio.to_thread(child.end)
    os.close(writing)
    assert (code, out) == (-signal.SIGINT, b"")
    assert "Traceback" not in err


async def test_a_closed_pipe_is_silent(shell: Shell) -> None:
    """`| head -1`: the process ends by SIGPIPE, with nothing on stderr, and the turn is kept."""

    async def lines(visit: Visit) -> None:
        await visit.send(head(200, SSE), *(delta(f"line {n}\n") for n in range(200)), pause=0.01)

    async with serving(lines) as server:
        child = Child(shell, server.url)
        await asyncio.to_thread(child.until_said, b"line 0\n")
        child.close_stdout()
        code, _, err = await asyncio.to_thread(child.end)
    assert (code, err) == (-signal.SIGPIPE, "")
    (question, answer) = shell.history()
    assert (question.text, answer.state) == (QUESTION, "interrupted")
    assert answer.text.startswith("line 0\n")


async def test_a_pipe_closed_before_the_answer(shell: Shell) -> None:
    async with serving(_half) as server:
        child = Child(shell, server.url)
        child.close_stdout()
        code, _, err = await asyncio.to_thread(child.end)
    assert (code, err) == (-signal.SIGPIPE, "")


@pytest.mark.parametrize("form", ["--json", "--jsonl", "--markdown", "-x"])
async def test_a_pipe_closed_in_every_form(shell: Shell, form: str) -> None:
    child = Child(shell, "", "-p", "demo", form)
    child.close_stdout()
    code, _, err = await asyncio.to_thread(child.end)
    assert (code, err) == (-signal.SIGPIPE, "")
