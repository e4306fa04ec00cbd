"""`llmchat chat` around the session: terminals, pipes, flags."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.terminals.person import Chat


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "llmchat", "chat", *arguments]


def test_without_a_terminal_it_names_what_to_use_instead(environment: dict[str, str]) -> None:
    done = subprocess.run(
        command("-p", "demo", "hello"),
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        "llmchat: chat needs a terminal to write to",
        '  in pipes and scripts use llmchat ask "your question"',
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("-p", "nobody"), "unknown provider nobody"),
        (("--cid", ""), "no conversation named"),
        (("--cid", "zzz"), 'no conversation matches "zzz"'),
        (("-c",), "there are no conversations yet"),
        (("-c", "--resume"), "--continue and --resume cannot be combined"),
    ],
)
def test_mistakes_are_told_before_anything_is_drawn(
    chat: Chat, arguments: tuple[str, ...], said: str
) -> None:
    me = chat(*arguments)
    assert me.end() in (2, 11)
    assert said in me.text
    assert me.stty() == me.before


def test_the_first_words_are_sent_at_once(chat: Chat) -> None:
    me = chat("-o", "tokens", "5", "hello", "there")
    me.see("> hello there", "│ hello there")
    me.prompt()


def test_a_conversation_is_resumed_by_its_id_or_with_a_picker(chat: Chat) -> None:
    me = chat("-o", "tokens", "5", "about penguins")
    me.prompt()
    me.press("ctrl-d")
    assert me.end() == 0
    name = me.text.rpartition("--cid ")[2].split()[0]
    again = chat("--cid", name[:5])
    again.see("about penguins")
    again.prompt()
    again.press("ctrl-d")
    assert again.end() == 0
    third = chat("--resume")
    third.see("Type to filter", "you: about penguins")
    third.press("enter")
    third.see(f"Resumed {name}: about penguins")
    third.prompt()


def test_a_start_opens_neither_network_nor_provider(tmp_path: Path, home: Path, chat: Chat) -> None:
    """A provider's modules are loaded with the first question; the certificate is not copied."""
    me = chat("-p", "gigachat", PYTHONVERBOSE="")
    me.until(lambda: me.display[-1].startswith("gigachat"), "the toolbar")
    me.press("ctrl-d")
    assert me.end() == 0
    assert sorted(p.name for p in home.iterdir() if not p.name.startswith(".")) == ["repl_history"]


def test_missing_keys_are_told_and_the_question_can_be_asked_again(chat: Chat) -> None:
    me = chat("-p", "gigachat")
    me.until(lambda: me.display[-1].startswith("gigachat"), "the toolbar")
    me.say("hello")
    me.see("you are not signed in to GigaChat", "sign in with: llmchat auth gigachat")
    me.until(lambda: me.display[-1].startswith("gigachat"), "the toolbar")
    me.say("/set tokens 5")
    me.say("/provider demo")
    me.say("/retry")
    me.see("│ hello")


def test_a_secret_goes_to_a_third_party_only_by_consent(chat: Chat) -> None:
    """What is refused stands in the line again, to be mended."""
    key = "sk-abcdefghijklmnopqrstuvwxyz0123456789"
    me = chat("-p", "yqcloud", LLMCHAT_YQCLOUD_BASE_URL="http://127.0.0.1:9")
    me.until(lambda: me.display[-1].startswith("yqcloud"), "the toolbar")
    me.say(f"mind {key}")
    me.see("The text contains an API key. Send it to yqcloud anyway? [y/N]")
    me.type("n")
    me.see("not sent", f"> mind {key}")
    me.press("ctrl-u")
    me.say("hello")
    me.see("hello", "Send your question there? [y/N]")
    me.type("y")
    me.see("refused the connection")
    assert me.text.count("third-party website") == 2


def test_a_question_stopped_before_it_was_sent_comes_back_into_the_line(chat: Chat) -> None:
    """Ctrl-C where consent is asked for: the next question takes nothing of it along."""
    key = "sk-abcdefghijklmnopqrstuvwxyz0123456789"
    me = chat("-p", "yqcloud", LLMCHAT_YQCLOUD_BASE_URL="http://127.0.0.1:9")
    me.until(lambda: me.display[-1].startswith("yqcloud"), "the toolbar")
    me.say(f"mind {key}")
    me.see("Send it to yqcloud anyway? [y/N]")
    me.press("ctrl-c")
    me.see_line("Stopped; nothing was sent.")
    me.prompt(f"mind {key}")
    me.press("ctrl-u")
    me.say("hello")
    me.see("hello", "Send your question there? [y/N]")
    assert me.text.count("contains an API key") == 1


def test_a_code_block_is_copied_through_the_terminal_from_afar(chat: Chat) -> None:
    me = chat(SSH_TTY="/dev/pts/9", PATH=os.environ["PATH"])
    me.prompt()
    me.say("hello")
    me.see("To talk to a real model")
    me.prompt()
    me.say("/copy 1")
    me.see("copied code block 1: 2 lines (through the terminal)")
    start = me.bytes.index(b"\x1b]52;c;") + 7
    copied = base64.b64decode(me.bytes[start : me.bytes.index(b"\x07", start)]).decode()
    assert copied == 'def greet(name: str) -> str:\n    return f"Привет, {name}! 你好!"\n'
    me.prompt()
    me.say("/copy 2")
    me.see("there is no code block 2 (only 1)")


def test_a_template_brings_its_system_message_and_waits_for_the_text(
    chat: Chat, home: Path
) -> None:
    folder = home / "templates"
    folder.mkdir(parents=True, mode=0o700)
    (home / "repl_history").touch(0o600)
    (folder / "pirate.md").write_text(
        "+++\nsystem = 'Talk like a pirate.'\n+++\nSay: {{ input }}\n"
    )
    me = chat("-t", "pirate")
    me.prompt()
    me.say("/system")
    me.see("Talk like a pirate.")
    me.press("ctrl-d")
    assert me.end() == 0
    once = chat("-t", "pirate", "ahoy")
    once.see("│ Say: ahoy")


def test_a_resumed_conversation_is_answered_by_whom_it_was(chat: Chat) -> None:
    """What was said to one service is not for the one that happens to be the default."""
    me = chat("-o", "tokens", "5", "about penguins")
    me.prompt()
    me.press("ctrl-d")
    assert me.end() == 0
    again = chat("-c", demo=False, LLMCHAT_PROVIDER="ollama")
    again.until(lambda: again.display[-1].startswith("demo"), "the toolbar")
    again.press("ctrl-d")
    third = chat(demo=False, LLMCHAT_PROVIDER="ollama")
    third.until(lambda: third.display[-1].startswith("ollama"), "the toolbar")
    third.say("/resume penguins")
    third.see("demo still answers")
    third.until(lambda: third.display[-1].startswith("demo"), "the toolbar")
    third.say("/provider ollama")
    third.see("ollama answers from now on")
    third.say("/resume penguins")
    third.see("Resumed", times=2)
    third.until(lambda: third.display[-1].startswith("ollama"), "the toolbar")
