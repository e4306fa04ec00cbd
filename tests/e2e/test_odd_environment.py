"""Odd surroundings: locales, homes that cannot be written, a damaged history, many at once."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.faults import QUESTION, settings
from tests.e2e.frames import delta, stop
from tests.e2e.shell import Result, Shell, environment
from tests.servers.scripted import always, serving, whole

DEMO = "llmchat ask -p demo"
ROOT = os.geteuid() == 0


def answered(result: Result, *, warns: str = "") -> None:
    """The answer came completely, with at most one warning."""
    assert result.code == 0, result
    assert result.out.startswith("You asked:"), result
    assert result.out.endswith("start a local server.\n"), result
    assert "Traceback" not in result.err
    assert len(result.lines) <= 2, result.err
    assert warns in result.err, result.err


@pytest.fixture
def plain_user() -> Iterator[Shell]:
    """A user without root's rights, whom file modes restrict."""
    home = Path(tempfile.mkdtemp(prefix="llmchat-e2e-"))
    if ROOT and not shutil.which("setpriv"):
        pytest.skip("root is bound by no rights, and setpriv is not there to give that up")
    home.chmod(0o700)
    yield Shell(home, environment(home))
    for folder in [home, *(p for p in home.rglob("*") if p.is_dir())]:
        folder.chmod(0o700)
    shutil.rmtree(home)


def as_user(shell: Shell, command: str, **env: str) -> Result:
    bound = "setpriv --bounding-set=-dac_override,-dac_read_search " if ROOT else ""
    return shell.line(bound + command, env=env)


@pytest.mark.parametrize(
    "env",
    [
        {"LANG": "C", "LC_ALL": "C"},
        {"LANG": "POSIX"},
        {"LANG": "ru_RU.KOI8-R", "LC_ALL": "ru_RU.KOI8-R"},
        {"LANG": "nonsense"},
        {"LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "koi8-r"},
    ],
    ids=lambda env: " ".join(f"{k}={v}" for k, v in env.items()),
)
def test_a_pipe_gets_utf8_in_any_locale(shell: Shell, env: dict[str, str]) -> None:
    result = shell.line(f"{DEMO} hi", env=env)
    answered(result)
    assert "Привет" in result.out
    piped = shell.line(DEMO, env=env, stdin="Вопрос 你好".encode())
    assert "> Вопрос 你好\n" in piped.out, piped
    machine = shell.line(f"{DEMO} --json hi", env=env)
    assert "Привет" in machine.out


def test_no_home_at_all(shell: Shell) -> None:
    """Without HOME the user database knows it; the answer comes."""
    result = shell.line(f"env -u HOME -u LLMCHAT_HOME {DEMO} -n hi")
    assert result.code in (0, 3), result
    assert "Traceback" not in result.err


@pytest.mark.parametrize("home", ["/dev/null", "/proc/nowhere", "/dev/null/below"])
def test_home_that_cannot_be(shell: Shell, home: str) -> None:
    """The answer matters more than saving it: one warning, exit 0."""
    result = shell.line(f"{DEMO} hi", env={"LLMCHAT_HOME": home})
    answered(result, warns="not saved")


def test_home_that_cannot_be_written(plain_user: Shell) -> None:
    plain_user.home.chmod(0o500)
    answered(as_user(plain_user, f"{DEMO} hi"), warns="not saved")


def test_history_that_cannot_be_written(plain_user: Shell) -> None:
    as_user(plain_user, f"{DEMO} hi")
    (plain_user.home / "history.db").chmod(0o400)
    plain_user.home.chmod(0o500)
    answered(as_user(plain_user, f"{DEMO} again"), warns="not saved")


def test_settings_that_cannot_be_read(plain_user: Shell) -> None:
    config = plain_user.home / "config.toml"
    config.write_text("provider = 'demo'\n")
    config.chmod(0)
    result = as_user(plain_user, "llmchat ask hi")
    assert (result.code, result.out, len(result.lines)) == (3, "", 2), result


def test_settings_that_are_wrong(shell: Shell) -> None:
    for text in ("provider = \n", "providr = 'demo'\n", "timeout = 'soon'\n", "\0", "[a\n"):
        (shell.home / "config.toml").write_text(text)
        result = shell.line("llmchat ask -p demo hi")
        assert "Traceback" not in result.err
        assert result.code in (0, 3), result
        assert len(result.lines) <= 2
        if result.code:
            assert "config.toml" in result.lines[0], result.err


DAMAGE = {
    "garbage": lambda path: path.write_bytes(b"this is no database" * 500),
    "empty": lambda path: path.write_bytes(b""),
    "cut": lambda path: path.write_bytes(path.read_bytes()[:9000]),
    "holes": lambda path: path.write_bytes(
        path.read_bytes()[:4096] + b"\xff" * 8192 + path.read_bytes()[12288:]
    ),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_damaged_history(shell: Shell, damage: Callable[[Path], int]) -> None:
    """The answer comes and is kept; the damaged file is kept as well."""
    shell.line(f"{DEMO} before")
    for side in ("-wal", "-shm"):
        (shell.home / f"history.db{side}").unlink(missing_ok=True)
    damage(shell.home / "history.db")
    answered(shell.line(f"{DEMO} after"))
    assert [s.state for s in shell.history()][-2:] == ["complete", "complete"]


def test_history_of_somebody_else(shell: Shell) -> None:
    """A database that is not ours is not written into."""
    path = shell.home / "history.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE mine (a)")
    connection.commit()
    connection.close()
    before = path.read_bytes()
    result = shell.line(f"{DEMO} hi")
    assert result.code in (0, 3), result
    assert path.read_bytes() == before


def test_history_that_is_a_folder(shell: Shell) -> None:
    (shell.home / "history.db").mkdir()
    answered(shell.line(f"{DEMO} hi"), warns="not saved")


@pytest.mark.parametrize("columns", ["0", "1", "-5", "wide", "99999999"])
def test_width(shell: Shell, columns: str) -> None:
    result = shell.line(f"{DEMO} --markdown hi", env={"COLUMNS": columns, "LINES": columns})
    assert result.code == 0, result
    assert "Привет" in "".join(result.out.split())


@pytest.mark.parametrize(
    "env", [{"NO_COLOR": "1"}, {"TERM": "dumb"}, {"FORCE_COLOR": "1"}], ids=str
)
def test_a_pipe_is_exact_whatever_the_colours(shell: Shell, env: dict[str, str]) -> None:
    result = shell.line(f"{DEMO} hi", env=env)
    assert result.code == 0
    assert "\x1b" not in result.out


async def test_sixteen_at_once(shell: Shell) -> None:
    """One history, sixteen writers: everything is kept, nobody fails."""
    reply = always(whole(delta("The answer.") + stop() + b"data: [DONE]\n\n"))
    async with serving(reply) as server:
        env = settings("openai", server.url)
        runs = (
            asyncio.to_thread(shell.ask, "-p", "openai", f"{QUESTION} {n}", env=env)
            for n in range(16)
        )
        results = await asyncio.gather(*runs)
    assert {(r.code, r.out, r.err) for r in results} == {(0, "The answer.\n", "")}
    kept = shell.history()
    assert len(kept) == 32
    assert {s.state for s in kept} == {"complete"}
    assert len({s.text for s in kept if s.role == "user"}) == 16


def test_not_kept_when_told_so(shell: Shell) -> None:
    answered(shell.line(f"{DEMO} -n hi"))
    assert shell.history() == []
    shell.line(f"{DEMO} one")
    answered(shell.line(f"{DEMO} -n -c two"))
    assert [s.text for s in shell.history() if s.role == "user"] == ["one"]


async def test_continues_what_was_cut(shell: Shell) -> None:
    """`-c` sends the question and the part that came."""
    async with serving(always(whole(delta("The answer ")))) as server:
        env = settings("openai", server.url)
        cut = await asyncio.to_thread(shell.ask, "-p", "openai", QUESTION, env=env)
        await asyncio.to_thread(shell.ask, "-p", "openai", "-c", "go on", env=env)
        sent = server.asked[-1].json["messages"]
    assert cut.code == 10
    assert [(m["role"], m["content"]) for m in sent] == [
        ("user", QUESTION),
        ("assistant", "The answer "),
        ("user", "go on"),
    ]


def test_debug_shows_where_and_masks(shell: Shell) -> None:
    env = {
        "LLMCHAT_DEBUG": "1",
        "OPENAI_API_KEY": "sk-canary-secret-of-debug",
        "LLMCHAT_RETRIES": "0",
    }
    env |= {"LLMCHAT_OPENAI_BASE_URL": "http://127.0.0.1:9"}
    result = shell.line("llmchat ask -p openai -m m hi", env=env)
    assert result.code == 5
    assert "canary" not in result.err
