"""A batch with a person before it: a bar that leaves nothing, and questions only at the start."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.e2e.batches import ARGV, lines, variables, write_prompts
from tests.e2e.shell import LLMCHAT, Shell
from tests.servers.crowd import Crowd
from tests.terminals.person import Person

Start = Callable[..., Person]


@pytest.fixture
def person(shell: Shell) -> Iterator[Start]:
    people: list[Person] = []

    def start(
        crowd: Crowd, *argv: str, columns: int = 80, kilobytes: int | None = None, **more: str
    ) -> Person:
        """`kilobytes` limits the size of files."""
        env = {**shell.environ, **variables(crowd), "TERM": "xterm-256color", **more}
        command = [str(LLMCHAT), "batch", "in.txt", *argv]
        if kilobytes is not None:
            env["PYTHONDONTWRITEBYTECODE"] = "1"  # half of a module would stay
            command = ["bash", "-c", f'ulimit -f {kilobytes}; exec "$@"', "-", *command]
        people.append(Person(command, env, shell.home, columns=columns, rows=12))
        return people[-1]

    yield start
    for someone in people:
        someone.process.close(force=True)


@pytest.mark.parametrize("columns", [40, 80, 120])
def test_the_bar_tells_how_far_it_is_and_leaves_nothing(
    shell: Shell, person: Start, columns: int
) -> None:
    write_prompts(shell, 8)
    with Crowd(lambda p, t: "hold" if p.endswith("7") else "ok").running() as crowd:
        me = person(crowd, *ARGV, "--out", "o", columns=columns)
        me.see("7/8")
        crowd.release.set()
        assert me.end() == 0
    assert "7/8" not in me.text
    assert me.text.startswith("8 answered (56 tokens, ")


def test_a_ctrl_c_is_answered_below_the_bar(shell: Shell, person: Start) -> None:
    write_prompts(shell, 8)
    with Crowd(lambda p, t: "hold").running() as crowd:
        me = person(crowd, *ARGV, "--out", "o", columns=40)
        me.see("0/8")
        me.until(lambda: crowd.open == 4, "four requests")
        me.press("ctrl-c")
        me.see("finishing 4 running prompts")
        crowd.release.set()
        assert me.end() == -2
    assert "4 answered, 4 not asked" in me.text
    assert "--resume" in me.text
    assert "━" not in me.text
    assert len(lines(shell.home / "o")) == 4


def test_lines_at_a_terminal_need_no_bar(shell: Shell, person: Start) -> None:
    write_prompts(shell, 3)
    with Crowd(pause=0.6).running() as crowd:
        me = person(crowd, *ARGV, "--jobs", "1")
        assert me.end() == 0
    assert "━" not in me.bytes.decode()
    assert me.text.count('"input_sha256"') == 3


def test_what_a_full_disk_does_not_take_has_lines_of_its_own_and_does_nothing(
    shell: Shell, person: Start
) -> None:
    """A CSI as one character and a mark of direction are legal in JSON."""
    write_prompts(shell, 8)
    with Crowd(
        reply=lambda prompt: f"\x9b31m\u202e{prompt}" + "x" * 600, pause=0.6
    ).running() as crowd:
        me = person(crowd, *ARGV, "--jobs", "1", "--out", "o", kilobytes=4)
        me.see("cannot write", "the last answers went to stdout")
        assert me.end() == 3
    assert "━" in me.bytes.decode()
    assert not {"\x9b", "\u202e"} & set(me.bytes.decode())
    written = len(lines(shell.home / "o"))
    shown = [line for line in me.text.split("\n") if "input_sha256" in line]
    assert [line[:9] for line in shown] == [f'{{"id":"{written + 1}"']


def test_a_secret_is_asked_about_once_with_its_place(shell: Shell, person: Start) -> None:
    secret = "sk-canary-0123456789abcdef0123456789"
    (shell.home / "in.txt").write_text(f"fine\n{secret}\n{secret}\n")
    with Crowd().running() as crowd:
        me = person(crowd, "-p", "yqcloud", LLMCHAT_YQCLOUD_BASE_URL=crowd.url)
        me.see("in.txt:2 looks like a secret", "an API key", "[y/N]")
        me.say("n")
        assert me.end() == 2
        assert crowd.asked.total() == 0
    assert me.text.count("[y/N]") == 1


def test_a_keyless_service_is_asked_about_once_and_before_the_first_prompt(
    shell: Shell, person: Start
) -> None:
    write_prompts(shell, 5)
    with Crowd().running() as crowd:
        me = person(crowd, "-p", "yqcloud", "--out", "o", LLMCHAT_YQCLOUD_BASE_URL=crowd.url)
        me.see("[y/N]")
        me.say("n")
        assert me.end() == 2
        assert crowd.asked.total() == 0
    assert me.text.count("[y/N]") == 1
    assert not (shell.home / "o").exists()
