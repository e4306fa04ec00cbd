"""`llmchat cmd` at a terminal: nothing runs before `r`, and what runs is what was shown."""

from __future__ import annotations

import signal
import sqlite3
from pathlib import Path

import pytest

from tests.cmd.conftest import Desk, Model
from tests.e2e.shell import LLMCHAT

ASK = (str(LLMCHAT), "cmd")


def test_enter_and_other_keys_do_nothing(desk: Desk, model: Model) -> None:
    model.reply = "touch ran"
    me = desk.ask("make a file")
    before = me.bytes
    me.press("enter", "enter", "tab", "up")
    me.type(" y5R"[:-1])
    me.paste("r\nr")
    me.pump(0.3)
    assert me.bytes == before
    me.insist("q", lambda: not me.process.isalive(), "the end")
    assert me.end() == 0
    assert not list(desk.folder.iterdir())


@pytest.mark.parametrize("key", ["r", "R", "к"])
def test_r_runs_it_with_the_terminal_in_the_persons_folder(
    desk: Desk, model: Model, key: str
) -> None:
    """Also with a Russian keyboard layout."""
    model.reply = "test -t 0 && test -t 1 && test -t 2 && touch ran && echo $((6*7))"
    me = desk.ask("make a file")
    me.type(key)
    me.see("42")
    assert me.end() == 0
    assert [path.name for path in desk.folder.iterdir()] == ["ran"]
    assert me.stty() == me.before


@pytest.mark.parametrize(
    ("command", "code"), [("exit 7", 7), ("kill -9 $$", 137), ("no-such-program", 127)]
)
def test_its_exit_code_is_ours(desk: Desk, model: Model, command: str, code: int) -> None:
    model.reply = command
    me = desk.ask("fail")
    me.type("r")
    assert me.end() == code


def test_a_signal_that_ends_it_ends_us_in_the_same_way(desk: Desk, model: Model) -> None:
    model.reply = "kill -TERM $$"
    me = desk.ask("end")
    me.type("r")
    assert me.end() == -signal.SIGTERM


def test_ctrl_c_belongs_to_the_running_command(desk: Desk, model: Model) -> None:
    model.reply = "trap 'echo caught; exit 5' INT; echo begun; while :; do sleep 0.1; done"
    me = desk.ask("wait")
    me.type("r")
    me.until(lambda: "begun" in me.display, "the command's output")
    me.press("ctrl-c")
    me.see("caught")
    assert me.end() == 5


def test_a_sigterm_for_us_is_passed_on(desk: Desk, model: Model) -> None:
    model.reply = "trap 'echo caught; exit 6' TERM; echo begun; while :; do sleep 0.1; done"
    me = desk.ask("wait")
    me.type("r")
    me.until(lambda: "begun" in me.display, "the command's output")
    me.process.kill(signal.SIGTERM)
    assert me.end() == 6


def test_ctrl_c_while_the_model_thinks(desk: Desk, model: Model) -> None:
    model.silent = True
    me = desk(*ASK, "anything")
    me.see("waiting for box")
    me.press("ctrl-c")
    me.see("interrupted")
    assert me.end() == -signal.SIGINT
    assert me.stty() == me.before


def test_ctrl_c_and_ctrl_d_at_the_keys(desk: Desk, model: Model) -> None:
    me = desk.ask("list")
    me.press("ctrl-c")
    assert me.end() == -signal.SIGINT
    assert me.stty() == me.before
    me = desk.ask("list")
    me.press("ctrl-d")
    assert me.end() == 0


def test_after_ctrl_z_it_asks_again(desk: Desk, model: Model) -> None:
    model.reply = "touch ran"
    me = desk("bash", "--norc", "-i")
    me.say("PS1='$ '; llmchat cmd 'make a file'")
    me.until(lambda: me.line.endswith("[q]uit"), "the keys")
    me.press("ctrl-z")
    me.until(lambda: me.line == "$", "a prompt")
    me.say("fg")
    me.until(lambda: me.text.count("[q]uit") == 2 and me.line.endswith("[q]uit"), "the keys")
    me.press("enter")
    me.pump(0.2)
    assert not list(desk.folder.iterdir())
    me.insist("r", (desk.folder / "ran").exists, "the file")


@pytest.mark.parametrize("keys", ["r", "rrr\rr"])
def test_keys_typed_ahead_are_no_answer(keys: str, desk: Desk, model: Model) -> None:
    model.reply = "touch ran"
    model.gate.clear()
    me = desk(*ASK, "make a file")
    me.see("waiting for box")
    me.type(keys)
    me.pump(0.2)
    model.gate.set()
    me.until(lambda: me.line.endswith("[q]uit"), "the keys")
    me.type("q")
    assert me.end() == 0
    assert not list(desk.folder.iterdir())


def test_what_was_edited_is_shown_again_and_runs_only_then(desk: Desk, model: Model) -> None:
    model.reply = "echo one > a.txt"
    me = desk.ask("write")
    me.type("e")
    me.until(lambda: me.line == "edit> echo one > a.txt", "the line")
    me.press("backspace", "backspace", "backspace", "backspace", "backspace")
    me.type("файл")
    me.until(lambda: me.line == "edit> echo one > файл", "the edited line")
    me.press("enter")
    me.see("overwrites файл")
    assert not list(desk.folder.iterdir())
    me.until(lambda: me.line.endswith("[q]uit"), "the keys")
    me.type("r")
    assert me.end() == 0
    assert [path.name for path in desk.folder.iterdir()] == ["файл"]


@pytest.mark.parametrize("key", ["ctrl-c", "ctrl-d"])
def test_an_edit_that_was_left_changes_nothing(desk: Desk, model: Model, key: str) -> None:
    model.reply = "echo one"
    me = desk.ask("write")
    me.type("e")
    me.until(lambda: me.line == "edit> echo one", "the line")
    if key == "ctrl-d":
        me.press("ctrl-u")
        me.until(lambda: me.line == "edit>", "an empty line")
    me.press(key)
    me.until(lambda: me.line.endswith("[q]uit"), "the keys")
    me.type("r")
    me.until(lambda: "one" in me.display, "its output")
    assert me.end() == 0


def test_x_explains_it_in_the_language_of_the_wish(desk: Desk, model: Model) -> None:
    me = desk.ask("перечисли файлы")
    me.type("x")
    me.until(lambda: "It lists files, slowly." in me.display, "the explanation")
    me.until(lambda: me.line.endswith("[q]uit"), "the keys")
    assert "перечисли файлы" in model.wishes[1]
    assert "```\nls\n```" in model.wishes[1]
    me.type("q")
    assert me.end() == 0


def test_a_failing_explanation_takes_nothing_away(desk: Desk, model: Model) -> None:
    model.reply = "echo here"
    me = desk.ask("say")
    model.status = 400
    me.type("x")
    me.see("rejected the request")
    me.until(lambda: me.line.endswith("[q]uit"), "the keys")
    me.type("r")
    me.until(lambda: "here" in me.display, "its output")
    assert me.end() == 0


def test_c_copies_it_exactly(desk: Desk, model: Model, tmp_path: Path) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    tool = folder / "wl-copy"
    tool.write_text(f"#!/bin/sh\ncat > {tmp_path}/copied\n")
    tool.chmod(0o755)
    model.reply = "echo \"it's\"  'два'"
    path = f"{folder}:{desk.variables['PATH']}"
    me = desk.ask("say", PATH=path, WAYLAND_DISPLAY="wayland-0")
    me.type("c")
    me.see("Copied (wl-copy)")
    assert me.end() == 0
    assert (tmp_path / "copied").read_text() == model.reply


def test_two_commands_are_shown_and_not_offered(desk: Desk, model: Model) -> None:
    model.reply = "touch a\nsudo touch b"
    me = desk.ask("do both")
    assert "2 commands instead of one" in me.text
    assert "[r]un" not in me.text
    me.type("r")
    me.pump(0.3)
    me.insist("q", lambda: not me.process.isalive(), "the end")
    assert me.end() == 0
    assert not list(desk.folder.iterdir())


def test_what_hides_is_shown_and_not_offered_before_it_is_gone(desk: Desk, model: Model) -> None:
    model.reply = "touch a\u202eb"
    me = desk.ask("make a file")
    assert "touch a<U+202E>b" in me.text
    assert "[r]un" not in me.text
    me.type("r")
    me.pump(0.3)
    assert not list(desk.folder.iterdir())
    me.insist("e", lambda: me.line == "edit> touch ab", "the line without it")
    me.press("enter")
    me.until(lambda: "[r]un" in me.line, "the keys")
    me.type("r")
    assert me.end() == 0
    assert [path.name for path in desk.folder.iterdir()] == ["ab"]


def test_prose_is_told(desk: Desk, model: Model) -> None:
    model.reply = "I am \x1b[2Jsorry, there is no such command."
    me = desk(*ASK, "do magic")
    me.see("the model gave no command", "sorry, there is no such command")
    assert me.end() == 8
    assert b"\x1b[2J" not in me.bytes


def test_it_gets_nothing_of_ours(desk: Desk, model: Model) -> None:
    model.reply = "env | grep -c -E 'canary|^LLMCHAT_' ; echo $MINE"
    keys = {"OPENAI_API_KEY": "canary", "GIGACHAT_CREDENTIALS": "canary", "LLMCHAT_MODEL": "canary"}
    me = desk.ask("show", MINE="kept", **keys)
    me.type("r")
    me.until(lambda: "0" in me.display and "kept" in me.display, "its output")


def test_only_shell_and_system_are_told(desk: Desk, model: Model, home: Path) -> None:
    (desk.folder / "private-name.txt").touch()
    me = desk.ask("list", PRIVATE="private-value")
    me.type("q")
    me.end()
    [body] = model.asked
    assert "private" not in str(body)
    assert str(home) not in str(body)
    assert "Linux" in body["messages"][0]["content"]


def test_nothing_is_kept(desk: Desk, model: Model, home: Path) -> None:
    me = desk.ask("list")
    me.type("x")
    me.until(lambda: "It lists files, slowly." in me.display, "the explanation")
    me.until(lambda: me.line.endswith("[q]uit"), "the keys")
    me.type("q")
    me.end()
    assert kept(home) == 0


def kept(home: Path) -> int:
    if not (home / "history.db").exists():
        return 0
    with sqlite3.connect(home / "history.db") as connection:
        return int(connection.execute("SELECT count(*) FROM message").fetchone()[0])


@pytest.mark.parametrize("columns", [40, 80])
def test_a_long_command_is_whole_at_any_width(desk: Desk, model: Model, columns: int) -> None:
    model.reply = "echo " + " ".join(f"word{n}" for n in range(40))
    me = desk.ask("say", columns=columns)
    assert model.reply in "".join(line.ljust(columns) for line in me.display).replace("  ", " " * 2)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "sh"])
def test_the_shell_is_the_one_we_are_called_from(desk: Desk, model: Model, shell: str) -> None:
    model.reply = "echo shell; true"
    me = desk(shell, "-c", "llmchat cmd list; true", SHELL="/bin/false")
    me.until(lambda: me.line.endswith("[q]uit"), "the keys")
    name = "dash" if shell == "sh" and Path("/bin/sh").resolve().name == "dash" else shell
    assert f"for {name} on" in model.asked[0]["messages"][0]["content"]
    me.type("r")
    me.until(lambda: "shell" in me.display, "its output")


@pytest.mark.parametrize(("key", "said"), [("r", "<touch ran> 0"), ("q", "<> 2")])
def test_a_captured_command_is_asked_about_and_printed(
    desk: Desk, model: Model, key: str, said: str
) -> None:
    model.reply = "touch ran"
    line = 'c=$(llmchat cmd "make a file"); echo "<$c> $?"'
    me = desk("bash", "-c", line)
    me.until(lambda: me.line.endswith("[q]uit"), "the keys")
    assert "[r]eturn" in me.line
    me.type(key)
    me.see(said)
    assert not list(desk.folder.iterdir())
