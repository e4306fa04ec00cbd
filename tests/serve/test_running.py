"""The server as a process: its start, its key, its signals and its end."""

from __future__ import annotations

import signal
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.serve.serving import LLMCHAT, Serving, serving, surroundings
from tests.serve.test_answers import wait
from tests.serve.test_gates import over
from tests.servers.crowd import Crowd


def test_sigterm_lets_an_answer_end(tmp_path: Path) -> None:
    with Crowd(lambda *_: "hold").running() as crowd, over(tmp_path, crowd) as running:
        got = []
        client = threading.Thread(target=lambda: got.append(running.chat()))
        client.start()
        wait(lambda: bool(crowd.bodies))
        running.process.send_signal(signal.SIGTERM)
        crowd.release.set()
        client.join(30)
        assert got[0].status == 200
        assert running.process.wait(30) == 0


def test_sighup_reads_the_configuration_again(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with serving(home) as running:
        (home / "config.toml").write_text('[aliases]\nmine = "demo/demo"\n')
        running.process.send_signal(signal.SIGHUP)
        running.wait_for("settings reloaded")
        assert "mine" in [row["id"] for row in running.ask("/v1/models").json["data"]]
        (home / "config.toml").write_text("[[[")
        running.process.send_signal(signal.SIGHUP)
        running.wait_for("settings not reloaded")
        assert running.chat(model="mine", tokens=1).status == 200


@pytest.mark.slow
def test_sigterm_waits_five_seconds_for_an_answer(tmp_path: Path) -> None:
    with Crowd(lambda *_: "silent").running() as crowd, over(tmp_path, crowd) as running:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(running.chat)
            wait(lambda: crowd.open == 1)
            began = time.monotonic()
            assert running.stop() == 0
        assert 4 < time.monotonic() - began < 20
        wait(lambda: crowd.open == 0)


@pytest.mark.parametrize(
    "content", ["", "short", "two words are no key", "line-one\nline-two", "ключ" * 4]
)
def test_a_key_file_holds_the_key_alone(tmp_path: Path, content: str) -> None:
    (tmp_path / "k").write_text(content)
    words = [str(LLMCHAT), "serve", "--port", "0", "--key-file", "k"]
    ended = subprocess.run(
        words, env=surroundings(tmp_path, {}), cwd=tmp_path, capture_output=True, text=True,
        timeout=60,
    )  # fmt: skip
    assert (ended.returncode, len(ended.stderr.splitlines())) == (3, 2)
    assert "k contains no key" in ended.stderr
    assert not content or content not in ended.stderr


def test_a_taken_port_is_named(tmp_path: Path, demo: Serving) -> None:
    words = [str(LLMCHAT), "serve", "--port", str(demo.port)]
    ended = subprocess.run(
        words, env=surroundings(tmp_path, {}), capture_output=True, text=True, timeout=60
    )
    assert ended.returncode == 3
    assert str(demo.port) in ended.stderr


def test_the_key_is_made_once_and_private(tmp_path: Path) -> None:
    shown = [
        subprocess.run(
            [str(LLMCHAT), "serve", "--show-key"], env=surroundings(tmp_path, {}),
            capture_output=True, text=True, check=True, timeout=60,
        ).stdout
        for _ in range(2)
    ]  # fmt: skip
    assert shown[0] == shown[1] != "\n"
    assert (tmp_path / "serve.key").stat().st_mode & 0o777 == 0o600
    sent = subprocess.run(
        [str(LLMCHAT), "ask", "-p", "demo", "-f", "serve.key", "hi"], cwd=tmp_path,
        env=surroundings(tmp_path, {}), stdin=subprocess.DEVNULL, capture_output=True, timeout=60,
    )  # fmt: skip
    assert sent.returncode == 2


@pytest.mark.parametrize(
    "words",
    [
        ("--host", "0.0.0.0", "--no-key"),
        ("-p", "yqcloud"),
        ("-p", "nobody"),
        ("--origin", "*"),
        ("--origin", "null"),
        ("--origin", "app.example"),
        ("--origin", "http://app.example/page"),
        ("--allow-keyless", "demo"),
    ],
)
def test_a_server_that_would_be_open_does_not_start(tmp_path: Path, words: list[str]) -> None:
    ended = subprocess.run(
        [str(LLMCHAT), "serve", "--port", "0", *words], env=surroundings(tmp_path, {}),
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert ended.returncode == 2
    assert len(ended.stderr.splitlines()) == 2


def test_of_large_requests_eight_are_read_at_once_and_small_ones_go_past_them(
    tmp_path: Path,
) -> None:
    """What is read stays in memory until it is answered: 64 of 20 MB took 3 GB."""
    with (
        Crowd(lambda *_: "hold", gathers=9).running() as crowd,
        over(tmp_path, crowd) as running,
        ThreadPoolExecutor(10) as pool,
    ):
        replies = [pool.submit(running.chat, f"{n}" * 1_100_000) for n in range(9)]
        wait(lambda: crowd.open == 8)
        replies.append(pool.submit(running.chat, "small"))
        assert [reply.result().status for reply in replies] == [200] * 10
    assert crowd.bodies[8]["messages"][-1]["content"] == "small"
