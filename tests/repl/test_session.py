"""The session as a person sees it: starting, asking, stopping, leaving."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.terminals.kept import rows
from tests.terminals.person import Chat

SLOW = ("-o", "delay_ms", "20", "-o", "tokens", "600")


def test_a_session_starts_asks_answers_and_says_how_to_come_back(chat: Chat, home: Path) -> None:
    """One line says where you are; the answer stands above the next prompt; Ctrl-D leaves."""
    me = chat()
    me.prompt()
    assert me.display[0].startswith("llmchat ")
    assert "demo" in me.display[0]
    me.say("What is this?")
    me.see("│ What is this?", "To talk to a real model")
    me.prompt()
    assert "demo/demo" in me.text
    assert "tokens" in me.text
    me.press("ctrl-d")
    assert me.end() == 0
    [(identity,)] = rows(home, "SELECT id FROM conversation")
    assert f"llmchat chat --cid {identity}" in me.text
    assert me.stty() == me.before


def test_the_first_start_explains_three_keys_and_later_ones_do_not(chat: Chat) -> None:
    me = chat(fresh=True)
    me.see("Enter sends", "Ctrl-C stops", "Tab completes")
    me.prompt()
    me.say("/exit")
    assert me.end() == 0
    again = chat()
    again.prompt()
    assert "Enter sends" not in again.text


@pytest.mark.parametrize("words", ["exit", "quit", ":q", "/exit", "/quit", "/q"])
def test_every_way_of_leaving_leaves(chat: Chat, words: str) -> None:
    me = chat()
    me.prompt()
    me.say(words)
    assert me.end() == 0
    assert me.stty() == me.before


@pytest.mark.parametrize("key", ["ctrl-c", "escape"])
def test_an_answer_is_stopped_kept_and_marked(chat: Chat, home: Path, key: str) -> None:
    me = chat(*SLOW)
    me.prompt()
    me.say("long please")
    me.see("nobody thought")
    me.press(key)
    me.see("Stopped. /continue continues")
    me.prompt()
    [(state, reason, text)] = rows(
        home, "SELECT state, finish_reason, text FROM message WHERE role = 'assistant'"
    )
    assert (state, reason) == ("interrupted", "interrupted")
    assert "nobody thought" in text
    me.say("/continue")
    me.see("│ Continue exactly where you stopped.")


def test_ctrl_c_clears_a_line_that_up_brings_back_and_twice_it_leaves(chat: Chat) -> None:
    me = chat()
    me.prompt()
    me.type("half a thought")
    me.prompt("half a thought")
    me.press("ctrl-c")
    me.prompt()
    me.press("up")
    me.prompt("half a thought")
    me.press("ctrl-c")
    me.prompt()
    me.press("ctrl-c")
    me.see("Press Ctrl-C again")
    me.press("ctrl-c")
    assert me.end() == 0
    assert me.stty() == me.before


def test_typing_takes_back_the_first_of_two_ctrl_cs(chat: Chat) -> None:
    me = chat()
    me.prompt()
    me.press("ctrl-c")
    me.see("Press Ctrl-C again")
    me.type("no")
    me.prompt("no")
    me.press("backspace", "backspace", "ctrl-c")
    me.see("Press Ctrl-C again")
    me.type("x")
    me.prompt("x")


def test_lines_typed_during_an_answer_are_sent_when_it_has_ended(chat: Chat, home: Path) -> None:
    """One after the other, with commands among them; what was not sent is the next line."""
    me = chat("-o", "delay_ms", "50", "-o", "tokens", "60")
    me.prompt()
    me.say("first")
    me.see("demo is answering")
    me.type("second questoin")
    me.press("backspace", "backspace", "backspace")
    me.type("ion\r/set tokens 3\rthird\rhalf")
    me.see("then: second question", "then: /set tokens 3", "then: third")
    me.prompt("half")
    me.see("> second question", "> /set tokens 3", "tokens = 3", "> third")
    asked = "SELECT text FROM message WHERE role = 'user' ORDER BY id"
    wanted = [("first",), ("second question",), ("third",)]
    me.until(lambda: rows(home, asked) == wanted, "the three questions")


def test_ctrl_c_brings_the_queued_lines_back(chat: Chat, home: Path) -> None:
    me = chat(*SLOW)
    me.prompt()
    me.say("long please")
    me.see("demo is answering")
    me.type("one\rtwo\r")
    me.see("then: one", "then: two")
    me.press("ctrl-c")
    me.see("Stopped.")
    me.until(lambda: "> one" in me.screen and me.line.strip() == "two", "both lines")
    assert rows(home, "SELECT count(*) FROM message WHERE role = 'user'") == [(1,)]


def test_a_kill_keeps_the_queued_lines(chat: Chat, home: Path) -> None:
    me = chat(*SLOW)
    me.prompt()
    me.say("long please")
    me.see("demo is answering")
    me.type("one\rtwo")
    me.until(lambda: any("one" in f.read_text() for f in home.rglob("drafts/*")), "the draft")
    me.process.kill(signal.SIGKILL)
    me.end()
    again = chat()
    again.see("Restored the line you had not sent.")
    again.until(lambda: "> one" in again.screen and again.line.strip() == "two", "both lines")


def test_a_failure_does_not_send_what_was_typed_for_success(chat: Chat, home: Path) -> None:
    me = chat("-o", "delay_ms", "50", "-o", "tokens", "60")
    me.prompt()
    me.say("first")
    me.see("demo is answering")
    me.type("/model nosuch\rwho are you?\r")
    me.see("nosuch", "llmchat: ")
    me.prompt("who are you?")
    assert rows(home, "SELECT count(*) FROM message WHERE role = 'user'") == [(1,)]


def test_an_answer_that_takes_longer_than_bell_says_rings(
    chat: Chat, environment: dict[str, str]
) -> None:
    environment |= {"LLMCHAT_BELL": "0.3", "KITTY_WINDOW_ID": "1"}
    me = chat("-o", "delay_ms", "40", "-o", "tokens", "30")
    me.prompt()
    me.say("long")
    me.until(lambda: b"\x1b]99;;demo/demo: long\x1b\\\x07" in me.bytes, "the notification")


def test_an_answer_that_takes_less_than_bell_says_does_not_ring(
    chat: Chat, environment: dict[str, str]
) -> None:
    environment |= {"LLMCHAT_BELL": "600", "KITTY_WINDOW_ID": "1"}
    me = chat("-o", "tokens", "3")
    me.prompt()
    me.say("short")
    me.see("You asked")
    me.prompt()
    assert b"\x07" not in me.bytes


def test_keys_of_the_configuration_replace_ours(chat: Chat, home: Path) -> None:
    home.mkdir(exist_ok=True)
    (home / "config.toml").write_text('[keys]\nsend = "f4, c-s"\nnew_line = "enter"\n')
    me = chat("-o", "tokens", "3")
    me.prompt()
    me.type("one\rtwo")
    me.until(lambda: me.line.strip() == "two", "a second line")
    me.type("\x13")
    me.see("You asked")
    me.prompt()
    assert rows(home, "SELECT text FROM message WHERE role = 'user'") == [("one\ntwo",)]


@pytest.mark.parametrize(
    ("keys", "said"), [('nosuch = "c-s"', "not an action"), ('send = "c-nosuch"', "not a key")]
)
def test_a_key_that_is_none_is_told_at_the_start(
    chat: Chat, home: Path, keys: str, said: str
) -> None:
    home.mkdir(exist_ok=True)
    (home / "config.toml").write_text(f"[keys]\n{keys}\n")
    me = chat()
    me.see(said)
    assert me.end() == 3


PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


def test_ctrl_v_takes_a_picture_and_says_so_when_there_is_none(
    chat: Chat, environment: dict[str, str], tmp_path: Path
) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    picture = tmp_path / "picture.png"
    (tools / "wl-paste").write_text(f'#!/bin/sh\ncat "{picture}"\n')
    (tools / "wl-paste").chmod(0o700)
    environment |= {"PATH": f"{tools}:/usr/bin:/bin", "WAYLAND_DISPLAY": "w"}
    me = chat("-o", "tokens", "5")
    me.prompt()
    me.type("\x16")
    me.see("the clipboard contains no picture")
    picture.write_bytes(PNG)
    me.prompt()
    me.type("\x16")
    me.see("clipboard.png: image/png", "+ 1 file")


def test_a_pasted_megabyte_is_one_message_shown_folded(chat: Chat, home: Path) -> None:
    line = "The quick brown fox jumps over the lazy dog, again and again.\r"
    text = line * (1_000_000 // len(line) + 1)
    me = chat("-o", "tokens", "5", columns=80)
    me.prompt()
    me.paste(text)
    me.see("> [16,130 lines: The quick brown fox jump…]")
    assert me.text.count("quick brown") == 1
    me.press("enter")
    me.see("You asked")
    me.prompt()
    [(question,)] = rows(home, "SELECT text FROM message WHERE role = 'user'")
    assert question == text.replace("\r", "\n")


def test_a_short_paste_with_newlines_is_not_sent_line_by_line(chat: Chat, home: Path) -> None:
    me = chat("-o", "tokens", "5")
    me.prompt()
    me.paste("one\ntwo\nthree")
    me.see("> one", "  two", "  three")
    me.press("enter")
    me.see("You asked")
    me.prompt()
    assert rows(home, "SELECT text FROM message WHERE role = 'user'") == [("one\ntwo\nthree",)]


def test_enter_opens_a_line_inside_a_fence_and_behind_a_backslash(chat: Chat, home: Path) -> None:
    me = chat("-o", "tokens", "5")
    me.prompt()
    me.say("```python")
    me.say("print(1)")
    me.say("```")
    me.see("You asked")
    me.prompt()
    me.say("first \\")
    me.say("second")
    me.see("You asked", times=2)
    me.prompt()
    asked = rows(home, "SELECT text FROM message WHERE role = 'user' ORDER BY id")
    assert asked == [("```python\nprint(1)\n```",), ("first \nsecond",)]


@pytest.mark.parametrize("key", ["alt-enter", "ctrl-j", "shift-enter"])
def test_a_new_line_by_key(chat: Chat, home: Path, key: str) -> None:
    me = chat("-o", "tokens", "5")
    me.prompt()
    me.type("one")
    me.press(key)
    me.say("two")
    me.see("You asked")
    me.prompt()
    assert rows(home, "SELECT text FROM message WHERE role = 'user'") == [("one\ntwo",)]


def test_ctrl_l_clears_the_screen_and_nothing_else(chat: Chat) -> None:
    me = chat("-o", "tokens", "5")
    me.prompt()
    me.say("hello")
    me.see("You asked")
    me.prompt()
    me.type("half")
    me.prompt("half")
    me.press("ctrl-l")
    me.until(lambda: me.display[0] == "> half", "the line at the top")
    me.say(" typed")
    me.see("│ half typed")


def test_ctrl_d_leaves_on_an_empty_line_only(chat: Chat) -> None:
    me = chat("-o", "tokens", "5")
    me.prompt()
    me.type("word")
    me.prompt("word")
    me.press("ctrl-d")
    me.type("s")
    me.prompt("words")
    me.press("ctrl-u", "ctrl-d")
    assert me.end() == 0
    assert "to go on" not in me.text


def test_one_backspace_takes_a_folded_paste(chat: Chat) -> None:
    me = chat()
    me.prompt()
    me.type("see ")
    me.paste("line\n" * 100)
    me.see("> see [100 lines: line line line line line…]")
    me.press("backspace")
    me.prompt("see")


def test_a_provider_that_cannot_be_reached_is_told_and_the_session_goes_on(chat: Chat) -> None:
    me = chat("-p", "ollama", "-m", "m", LLMCHAT_OLLAMA_BASE_URL="http://127.0.0.1:9/v1")
    me.until(lambda: me.display[-1].startswith("ollama/m"), "the toolbar")
    me.say("hello")
    me.see("retrying in", "refused the connection")
    me.press("ctrl-c")
    me.see("Stopped.")
    me.until(lambda: me.display[-1].startswith("ollama/m"), "the toolbar")
    assert "Ctrl-C stops" not in me.text
