"""What a session survives: signals, kills, other sessions, screens of any size."""

from __future__ import annotations

import random
import signal
import socket
import stat
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.terminals.kept import rows
from tests.terminals.person import Chat, Person

SLOW = ("-o", "delay_ms", "20", "-o", "tokens", "600")


def drafts(home: Path) -> list[Path]:
    return sorted((home / "drafts").glob("*.json"))


def drafted(home: Path, text: str) -> bool:
    """Waits until typed text is in the draft on disk; it is not shown during an answer."""
    return any(text in draft.read_text() for draft in drafts(home))


def test_ctrl_c_at_random_moments_keeps_the_session_and_the_text(chat: Chat, home: Path) -> None:
    """Each time a prompt is back and takes keys, long before the answer would have ended; each
    answer is kept and marked."""
    moments = random.Random(7)
    me = chat(*SLOW)
    me.prompt()
    for number in range(8):
        me.press("ctrl-l")
        me.until(lambda: "Stopped." not in me.screen, "a clear screen")
        me.say(f"question {number}")
        if number == 7:
            me.see("nobody thought")
        me.pump(moments.random() * 1.2)
        me.press("ctrl-c")
        me.see_line("Stopped\\. .*")
        me.prompt("", f"question {number}")  # which comes back if it was not sent yet
        me.press("ctrl-u")
        me.prompt()
    me.press("ctrl-d")
    assert me.end() == 0
    assert me.stty() == me.before
    answers = rows(home, "SELECT state, text FROM message WHERE role = 'assistant'")
    assert {state for state, _ in answers} == {"interrupted"}
    assert "nobody thought" in answers[-1][1]


def test_a_terminal_that_says_its_cursor_is_in_no_row_ends_nothing(chat: Chat) -> None:
    me = chat()
    me.prompt()
    me.type(f"\x1b[{'9' * 5000};1R")
    me.write("still here")
    assert "Traceback" not in me.text
    me.press("ctrl-u", "ctrl-d")
    assert me.end() == 0


@pytest.fixture
def silent_server() -> Iterator[str]:
    """Accepts connections and sends nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/v1"


def test_ctrl_c_stops_while_the_network_is_silent(
    chat: Chat, silent_server: str, home: Path
) -> None:
    me = chat("-p", "ollama", "-m", "m", LLMCHAT_OLLAMA_BASE_URL=silent_server)
    me.until(lambda: me.display[-1].startswith("ollama"), "the toolbar")
    me.say("anybody there?")
    me.see("ollama/m · Ctrl-C stops")
    me.press("ctrl-c")
    me.see("Stopped. /continue continues")
    me.until(lambda: me.display[-1].startswith("ollama"), "the toolbar")
    assert "Ctrl-C stops" not in me.text
    assert rows(home, "SELECT state FROM message ORDER BY id") == [("complete",), ("interrupted",)]
    me.press("ctrl-d")
    assert me.end() == 0


def test_a_kill_loses_neither_the_answer_nor_the_conversation(chat: Chat, home: Path) -> None:
    me = chat(*SLOW)
    me.prompt()
    me.say("long please")
    me.see("nobody thought")
    me.type("typed ahead")
    me.until(lambda: drafted(home, "typed ahead"), "the draft")
    me.process.kill(signal.SIGKILL)
    assert me.end() == -signal.SIGKILL
    [left] = drafts(home)
    assert stat.S_IMODE(left.stat().st_mode) == 0o600
    assert stat.S_IMODE(left.parent.stat().st_mode) == 0o700
    again = chat("--continue", "-o", "tokens", "5")
    again.see("long please", "Restored the line you had not sent.")
    again.prompt("typed ahead")
    assert rows(home, "SELECT state FROM message WHERE role = 'assistant'") == [("interrupted",)]
    again.press("ctrl-c")
    again.say("/raw")
    again.see("**demo**, a sample answer")


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
@pytest.mark.parametrize("answering", [True, False])
def test_a_signal_ends_it_with_that_signal_after_all_is_kept(
    chat: Chat, home: Path, number: signal.Signals, answering: bool
) -> None:
    me = chat(*SLOW)
    me.prompt()
    if answering:
        me.say("long please")
        me.see("nobody thought")
    me.type("not sent yet")
    if not answering:
        me.prompt("not sent yet")
    else:
        me.until(lambda: drafted(home, "not sent yet"), "the draft")
    me.process.kill(number)
    assert me.end() == -number
    assert me.stty() == me.before
    assert "not sent yet" in drafts(home)[0].read_text()
    if answering:
        [(state, text)] = rows(home, "SELECT state, text FROM message WHERE role = 'assistant'")
        assert state == "interrupted"
        assert "nobody thought" in text


def test_a_sigint_from_elsewhere_is_a_ctrl_c(chat: Chat) -> None:
    me = chat(*SLOW)
    me.prompt()
    me.say("long please")
    me.see("nobody thought")
    me.process.kill(signal.SIGINT)
    me.see("Stopped.")
    me.prompt()
    me.type("words")
    me.prompt("words")
    me.process.kill(signal.SIGINT)
    me.prompt()


def test_a_terminal_that_was_somebody_elses_is_taken_again(chat: Chat) -> None:
    """Stopped from outside, the shell set the terminal as it likes it, then let us go on."""
    me = chat()
    me.prompt()
    ours = me.stty()
    me.process.kill(signal.SIGSTOP)
    termios.tcsetattr(me.process.fd, termios.TCSANOW, me.before)
    me.process.kill(signal.SIGCONT)
    me.until(lambda: me.stty() == ours, "the raw terminal")
    me.type("words")
    me.see("> words")
    me.press("ctrl-c", "ctrl-d")
    assert me.end() == 0
    assert me.stty() == me.before


def test_a_draft_comes_back_in_the_next_session_and_only_in_one(chat: Chat, home: Path) -> None:
    first = chat()
    first.prompt()
    first.type("a thought")
    first.prompt("a thought")
    first.process.kill(signal.SIGTERM)
    first.end()
    second = chat()
    second.prompt("a thought")
    third = chat()
    third.prompt()
    second.press("ctrl-c", "ctrl-d")
    assert second.end() == 0
    assert drafts(home) == []


def test_a_draft_that_was_left_with_ctrl_d_is_there_again(chat: Chat, home: Path) -> None:
    """Typed ahead, then the terminal went away in the middle of the answer."""
    me = chat(*SLOW)
    me.prompt()
    me.say("long please")
    me.see("nobody thought")
    me.paste("many\nlines\n" * 20)
    me.until(lambda: drafted(home, "many"), "the draft")
    me.process.kill(signal.SIGHUP)
    me.end()
    again = chat("-c", "-o", "tokens", "5")
    again.see("Restored the line you had not sent.")
    again.press("enter")
    again.see("You asked")
    again.prompt()
    texts = [t for (t,) in rows(home, "SELECT text FROM message WHERE role = 'user' ORDER BY id")]
    assert texts == ["long please", ("many\nlines\n" * 20).rstrip("\n")]


def test_two_sessions_share_the_lines_but_not_the_draft(chat: Chat) -> None:
    one, two = chat("-o", "tokens", "5"), chat("-o", "tokens", "5")
    one.prompt()
    two.prompt()
    two.type("mine")
    two.prompt("mine")
    one.say("a line of the first")
    one.see("You asked")
    one.prompt()
    two.press("up")
    two.prompt("a line of the first")
    two.press("down")
    two.prompt("mine")
    two.press("ctrl-r")
    two.type("of the fi")
    two.see("I-search backward: of the fi")
    two.press("enter")
    two.prompt("a line of the first")


def test_suggestions_come_from_the_lines_of_before(chat: Chat) -> None:
    me = chat("-o", "tokens", "5")
    me.prompt()
    me.say("tell me about penguins")
    me.see("You asked")
    me.prompt()
    me.type("tell me")
    me.prompt("tell me about penguins")
    me.press("right")
    me.type("!")
    me.prompt("tell me about penguins!")


def test_vi_keys_work_when_they_are_wanted(chat: Chat) -> None:
    me = chat("-o", "tokens", "5", LLMCHAT_EDITING="vi")
    me.prompt()
    me.type("hello wrld")
    me.prompt("hello wrld")
    before = len(me.bytes)
    me.press("escape")
    me.until(lambda: b"\x1b[2 q" in me.bytes[before:], "the cursor of the other mode")
    me.type("bli")
    me.type("o")
    me.prompt("hello world")
    me.press("alt-enter")
    me.type("more")
    me.see("more")
    me.press("ctrl-c")
    me.prompt()
    me.say("sent")
    me.see("│ sent")
    me.prompt()
    me.press("ctrl-r")
    me.type("hello w")
    me.see_line("I-search backward: hello w")
    me.press("enter")
    me.see_line("> hello wo")


def test_the_line_is_edited_in_the_persons_editor(chat: Chat, tmp_path: Path) -> None:
    editor = tmp_path / "ed.sh"
    editor.write_text('#!/bin/sh\nsed -i "s/teh/the/" "$1"\necho "and more" >> "$1"\n')
    editor.chmod(0o700)
    me = chat("-o", "tokens", "5", EDITOR=str(editor))
    me.prompt()
    me.type("mend teh word")
    me.prompt("mend teh word")
    me.press("editor")
    me.see("> mend the word")
    me.press("enter")
    me.see("and more", "You asked")


def test_a_window_that_changes_writes_nothing_into_the_editor(chat: Chat, tmp_path: Path) -> None:
    """The editor owns the screen, and would read the reply to a terminal query as keys."""
    editor, end = tmp_path / "ed.sh", tmp_path / "end"
    editor.write_text(f"#!/bin/sh\necho editing\nuntil [ -e {end} ]; do sleep 0.1; done\n")
    editor.chmod(0o700)
    me = chat("-o", "tokens", "5", EDITOR=str(editor))
    me.prompt()
    me.write("a line")
    me.press("editor")
    me.see("editing")
    before = len(me.bytes)
    me.resize(60, 20)
    me.pump(0.8)  # prompt_toolkit also asks for the size twice a second
    assert me.bytes[before:] == b""
    end.touch()
    me.prompt("a line")


def test_an_editor_that_does_not_exist_is_told_and_the_line_stays(chat: Chat) -> None:
    me = chat(EDITOR="no-such-editor")
    me.prompt()
    me.type("mend teh word")
    me.prompt("mend teh word")
    me.press("editor")
    me.see("no-such-editor: ", "; export EDITOR=nano")
    me.prompt("mend teh word")


def test_piped_text_is_the_first_message_and_then_the_terminal_talks(
    chat: Chat, home: Path
) -> None:
    me = chat("-o", "tokens", "5", "review this", stdin="diff --git a b\n+new line\n")
    me.see("You asked")
    me.prompt()
    assert rows(home, "SELECT text FROM message WHERE role = 'user'") == [
        ("review this\n\ndiff --git a b\n+new line",)
    ]
    me.say("and more")
    me.see("You asked", times=2)
    me.prompt()
    me.press("ctrl-d")
    assert me.end() == 0
    assert me.stty() == me.before


@pytest.mark.parametrize(("columns", "lines"), [(20, 8), (40, 12), (200, 50)])
def test_any_screen_will_do(chat: Chat, columns: int, lines: int) -> None:
    me = chat(columns=columns, rows=lines)
    me.see("demo")
    me.say("hello")
    me.see("demo/demo")
    me.say("/help")
    me.see("/new")
    me.type("q")  # it is longer than the screen: a pager shows it
    me.prompt()
    me.press("ctrl-d")
    assert me.end() == 0
    assert "fault" not in me.text


def test_a_low_window_shows_the_line_while_a_command_is_typed(chat: Chat) -> None:
    me = chat(columns=30, rows=5)
    me.prompt()
    me.type("/mod")
    me.prompt("/model", "/mod")


def test_a_screen_resized_during_an_answer_and_at_the_prompt(chat: Chat) -> None:
    me = chat(*SLOW, columns=90, rows=30)
    me.prompt()
    me.say("long please")
    me.see("nobody thought")
    me.resize(40, 15)
    me.pump(0.6)
    me.resize(100, 40)
    me.pump(0.4)
    me.press("ctrl-c")
    me.see("Stopped.")
    me.type("still here")
    me.see("> still here")
    me.resize(60, 20)
    me.see("> still here")
    me.press("ctrl-c", "ctrl-d")
    assert me.end() == 0
    assert me.stty() == me.before


@pytest.mark.parametrize("term", ["dumb", "unknown", ""])
def test_a_dumb_terminal_gets_no_sequences(chat: Chat, term: str) -> None:
    me = chat("-o", "tokens", "5", TERM=term)
    me.see(">")
    me.say("hello")
    me.see("You asked")
    me.see_line(">")  # the answer has ended; what is typed before is not sent
    me.say("exit")
    assert me.end() == 0
    assert b"\x1b" not in me.bytes
    assert me.bytes.count(b"new conversation") == 1  # nothing is drawn below the line


def test_a_terminal_without_utf8_gets_signs_it_has(chat: Chat) -> None:
    me = chat("-o", "delay_ms", "50", LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    me.see("  -  new conversation  -  /help")
    me.prompt()
    me.say("hello " + "there " * 20)
    me.see("is answering", " - Ctrl-C stops")
    me.press("ctrl-c")
    me.prompt()
    me.see_line("demo  -  hello[ there]+~  -  .*")
    me.paste("a line\n" * 30)
    me.see_line("> \\[30 lines: a line a.*~\\]")
    me.press("ctrl-c")
    me.say("/doctor")
    me.see("checking files, settings, proxies and providers ~", "ok proxy")
    assert "?" not in me.text


def test_ctrl_c_in_a_dumb_terminal_clears_the_line_and_asks_before_it_leaves(chat: Chat) -> None:
    me = chat("-o", "tokens", "5", TERM="dumb")
    me.see(">")
    me.say("kept")
    me.see("You asked")
    me.see_line(">")
    me.type("half a thought")
    me.see("half a thought")
    me.press("ctrl-c")
    me.see_line(">")
    assert "Press Ctrl-C again" not in me.text
    me.press("ctrl-c")
    me.see("Press Ctrl-C again")
    me.see_line(">")
    me.press("ctrl-c")
    assert me.end() == 0
    assert "Resume with" in me.text


def test_no_color_means_none(chat: Chat) -> None:
    me = chat("-o", "tokens", "30", NO_COLOR="1")
    me.prompt()
    me.say("hello")
    me.see("nobody")
    me.prompt()
    me.press("ctrl-d")
    assert me.end() == 0
    colors = [b"\x1b[%d" % n for n in (*range(30, 38), *range(90, 98))]
    assert not [c for c in colors if c + b"m" in me.bytes or c + b";" in me.bytes]


def test_ctrl_z_in_a_half_typed_line_and_fg_show_it_once(
    environment: dict[str, str], tmp_path: Path
) -> None:
    command = f"{sys.executable} -m llmchat chat -p demo -n"
    me = Person(
        ["bash", "--norc", "-i"], {**environment, "PS1": "$ "}, tmp_path, columns=100, rows=30
    )
    me.see("$")
    me.say(command)
    me.prompt()
    me.write("half")
    me.press("ctrl-z")
    me.see("Stopped")
    me.say("fg")
    me.prompt("half")
    me.pump(0.3)
    me.type(" and more")
    me.prompt("half and more")
    me.press("ctrl-c", "ctrl-d")
    me.until(lambda: me.line == "$", "the shell")
    me.leave()


def test_ctrl_z_gives_the_terminal_to_the_shell_and_fg_goes_on(
    environment: dict[str, str], tmp_path: Path
) -> None:
    """In the middle of an answer, under a shell with job control."""
    command = f"{sys.executable} -m llmchat chat -p demo {' '.join(SLOW)} -n hello"
    me = Person(
        ["bash", "--norc", "-i"], {**environment, "PS1": "$ "}, tmp_path, columns=100, rows=30
    )
    me.see("$")
    me.say("stty -a > before")
    me.say(command)
    me.see("nobody thought")
    me.press("ctrl-z")
    me.see("Stopped")
    me.say("stty -a > stopped; echo in the shell")
    me.see("\nin the shell")
    assert (tmp_path / "before").read_text() == (tmp_path / "stopped").read_text()
    me.say("fg")
    me.see("What an answer looks like")
    me.press("ctrl-c")
    me.see("Stopped. /continue")
    me.press("ctrl-d")
    me.until(lambda: me.display[me.emulator.cursor.y] == "$", "the shell")
    me.say("stty -a > after; echo back again")
    me.see("\nback again")
    assert (tmp_path / "before").read_text() == (tmp_path / "after").read_text()
    me.leave()


def test_a_ctrl_c_ends_a_command_that_prints_a_key_and_the_session_goes_on(
    chat: Chat, home: Path, tmp_path: Path
) -> None:
    """The terminal is in its normal mode, in case the command asks something."""
    begun = tmp_path / "begun"
    home.mkdir(mode=0o700)
    command = f"sh -c 'stty -a < /dev/tty > {begun}.part; mv {begun}.part {begun}; exec sleep 60'"
    (home / "config.toml").write_text(f"[providers.openai]\napi_key_command = {command!r}\n")
    me = chat("-p", "openai", "-m", "m")
    me.prompt()
    me.say("hello")
    me.until(begun.exists, "the command")
    assert {"isig", "icanon", "echo"} <= set(begun.read_text().split())
    me.press("ctrl-c")
    me.see("Stopped.")
    me.prompt()
    me.say("/undo")
    me.see("Undone: hello")
    me.prompt()
    me.press("ctrl-d")
    assert me.end() == 0
