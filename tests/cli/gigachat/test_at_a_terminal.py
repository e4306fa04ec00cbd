"""A person at a real terminal: signing in with a mistyped key, the default, deleting files,
counting and drawing in a session."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pexpect
import pytest

from tests.servers.gigachat import BALANCE, CHAT, COUNT, KEY, StrictGigaChat, refusal
from tests.shell import Shell

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no ptys")
ASKS = "input hidden"


@contextmanager
def person(shell: Shell, *argv: str) -> Iterator[pexpect.spawn]:
    child = pexpect.spawn(
        sys.executable,
        ["-m", "llmchat", *argv],
        env={**shell.environ, "TERM": "xterm", "NO_COLOR": "1", "LANG": "C.UTF-8"},
        cwd=str(shell.cwd),
        encoding="utf-8",
        timeout=30,
        dimensions=(40, 100),
    )
    try:
        yield child
    finally:
        child.close(force=True)


def ended(child: pexpect.spawn) -> int:
    child.expect(pexpect.EOF)
    child.close()
    return int(child.exitstatus or 0)


def test_a_wrong_key_is_asked_for_again_and_then_the_default_is_offered(shell: Shell) -> None:
    with person(shell, "auth", "gigachat") as child:
        child.expect(ASKS)
        child.sendline("this is no key")
        child.expect("base64")
        child.expect(ASKS)
        child.sendline(KEY)
        child.expect("Signed in to gigachat")
        child.expect(r"Make GigaChat the default\? \[Y/n\]")
        child.sendline("")
        child.expect('Next: llmchat ask "Hello", or llmchat chat')
        assert ended(child) == 0
        assert KEY not in (child.before or "")
    assert shell("config", "get", "provider").out == "gigachat\n"


def test_after_three_wrong_keys_it_ends(shell: Shell) -> None:
    with person(shell, "auth", "gigachat") as child:
        for _ in range(3):
            child.expect(ASKS)
            child.sendline("wrong")
        assert ended(child) == 4


def test_who_presses_ctrl_d_is_not_asked_again(shell: Shell) -> None:
    with person(shell, "auth", "gigachat") as child:
        child.expect(ASKS)
        child.sendeof()
        child.expect("no key was entered")
        assert ended(child) == 2
        assert ASKS not in (child.before or "")


def test_who_does_not_want_the_default_is_told_the_way(shell: Shell) -> None:
    with person(shell, "auth", "gigachat") as child:
        child.expect(ASKS)
        child.sendline(KEY)
        child.expect(r"\[Y/n\]")
        child.sendline("n")
        child.expect('Next: llmchat ask -p gigachat "Hello", or llmchat chat')
        assert ended(child) == 0
    assert shell("config", "get", "provider").out == "auto\n"


def test_deleting_is_asked_about(shell: Shell, server: StrictGigaChat) -> None:
    shell.environ["GIGACHAT_CREDENTIALS"] = KEY
    server.drawing()
    for answer, left in (("", 1), ("y", 0)):
        with person(shell, "files", "gigachat", "delete", "--all") as child:
            child.expect(r"Delete .*\? \[y/N\]")
            child.sendline(answer)
            assert ended(child) == 0
        assert len(server.files) == left


def test_a_session_draws_changes_and_counts(shell: Shell, server: StrictGigaChat) -> None:
    shell.environ["GIGACHAT_CREDENTIALS"] = KEY
    with person(shell, "chat", "-p", "gigachat") as child:
        for question, after in (("Нарисуй кота", " Вот кот."), ("сделай синим", " Вот синий.")):
            server.answer = server.drawing("", after)
            child.expect("> ")
            child.send(f"{question}\r")
            child.expect(r"saved as .*\.jpg")
            child.expect(after.strip())
        child.expect("> ")
        child.send("/tokens\r")
        child.expect(r"next question +(\d+)")
        child.send("/exit\r")
        assert ended(child) == 0
    assert "functions_state_id" in server.to(CHAT)[1].json["messages"][1]
    assert len(server.to(COUNT)) == 1


def test_image_draws_whatever_the_words_are_and_attaches_a_picture(
    shell: Shell, server: StrictGigaChat
) -> None:
    shell.environ["GIGACHAT_CREDENTIALS"] = KEY
    (shell.cwd / "a.png").write_bytes(b"\x89PNG")
    with person(shell, "chat", "-p", "gigachat") as child:
        server.answer = server.drawing("", " Вот кот.")
        child.expect("/help")
        child.send("/image кот в шляпе\r")
        child.expect(r"saved as .*\.jpg")
        child.expect("> ")
        child.send("/image\r")
        child.expect("nothing to draw given")
        child.send("/image a.png\r")
        child.expect("attached to the next message: a.png")
        child.send("/file none\r")
        child.expect("no attachments")
        child.send("/provider demo\r")
        child.expect("demo")
        child.send("/image a cat\r")
        child.expect("demo does not draw pictures")
        child.send(f"/image {'кот ' * 100}\r")  # no name of a file is as long
        child.expect("demo does not draw pictures")
        child.send(f"/save {'кот' * 100}\r")
        child.expect("File name too long")
        child.send("/exit\r")
        assert ended(child) == 0
    (asked,) = server.to(CHAT)
    assert asked.json["function_call"] == {"name": "text2image"}
    assert asked.json["messages"][-1]["content"] == "кот в шляпе"


def test_what_is_left_of_a_package_is_told_instead_of_money(
    shell: Shell, server: StrictGigaChat
) -> None:
    shell.environ["GIGACHAT_CREDENTIALS"] = KEY
    with person(shell, "chat", "-p", "gigachat", "-u") as child:
        child.expect("/help")
        child.send("/tokens\r")
        child.expect(r"left of the package, GigaChat-2 +49,000")
        assert len(server.to(BALANCE)) == 1
    with person(shell, "chat", "-p", "gigachat") as child:
        server.script[BALANCE].append(refusal(403, "Permission denied"))
        child.expect("/help")
        child.send("/tokens\r")
        child.expect("next question")
        child.send("/exit\r")
        child.expect(pexpect.EOF)
        assert "left of the package" not in child.before
