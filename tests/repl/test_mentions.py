"""An @path counts where the person typed it; text from elsewhere sends no file and calls nobody."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import settings as fuzzed
from hypothesis import strategies as st

from llmchat.errors import LlmchatError
from llmchat.inputs.mentions import foreign, mentions_in, plain
from llmchat.inputs.prompt import is_open
from llmchat.inputs.text import WebPage
from llmchat.repl.attachments import PendingAttachments
from llmchat.repl.input.pastes import Pastes
from tests.terminals.kept import rows
from tests.terminals.person import Chat, Person

QUICK = ("-o", "tokens", "5")


async def no_page(url: str, limit: int) -> WebPage:
    raise LlmchatError(url)


TOLD = "type it, or use /file"


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


@pytest.fixture
def baits(tmp_path: Path, listener: socket.socket) -> str:
    """Names of things that must not be sent: a file here, one in the home folder, ours, and a
    URL."""
    (tmp_path / "notes.md").write_text("canary of the notes\n")
    (tmp_path / "credentials.json").write_text("canary of the keys\n")
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/canary"
    return f'see @notes.md and @./notes.md, @"notes.md" @{tmp_path}/credentials.json @{url} done'


def question(home: Path) -> str:
    return str(rows(home, "SELECT text FROM message WHERE role = 'user' ORDER BY id")[-1][0])


def nobody_called(listener: socket.socket) -> bool:
    with pytest.raises(BlockingIOError):
        listener.accept()
    return True


def is_left_alone(me: Person, home: Path, text: str, listener: socket.socket) -> None:
    me.see("You asked")
    me.prompt()
    me.see(TOLD)
    assert question(home).strip() == text.strip()
    assert nobody_called(listener)


@pytest.mark.parametrize("lines", [1, 40])
def test_a_pasted_one_is_told_and_not_read(
    chat: Chat, home: Path, baits: str, listener: socket.socket, lines: int
) -> None:
    text = "\n".join([baits] * lines)
    me = chat(*QUICK)
    me.prompt()
    me.paste(text)
    me.see("see @notes.md")
    me.press("enter")
    is_left_alone(me, home, text, listener)


def test_a_piped_one_is_told_and_not_read(
    chat: Chat, home: Path, baits: str, listener: socket.socket
) -> None:
    me = chat(*QUICK, stdin=baits)
    is_left_alone(me, home, baits, listener)


def test_one_pasted_during_an_answer_is_not_read(
    chat: Chat, home: Path, baits: str, listener: socket.socket
) -> None:
    me = chat("-o", "tokens", "30", "-o", "delay_ms", "30")
    me.prompt()
    me.say("go")
    me.see("You asked")
    me.paste(baits)
    me.see("> see @notes.md")
    me.press("enter")
    me.see("You asked", times=2)
    is_left_alone(me, home, baits, listener)


def test_one_from_the_editor_is_not_read_and_one_typed_before_is(
    chat: Chat, home: Path, tmp_path: Path, baits: str, listener: socket.socket
) -> None:
    (tmp_path / "mine.md").write_text("what I meant\n")
    editor = tmp_path / "edit"
    editor.write_text(f"#!/bin/sh\necho ' {baits}' >> \"$1\"\n".replace('@"notes.md"', ""))
    editor.chmod(0o755)
    me = chat(*QUICK, EDITOR=str(editor))
    me.prompt()
    me.type("read @mine.md ")
    me.press("editor")
    me.see("@./notes.md")
    me.press("enter")
    me.see("with mine.md", TOLD)
    me.see("You asked")
    me.prompt()
    sent = question(home)
    assert ("what I meant" in sent, "canary of" in sent) == (True, False)
    assert nobody_called(listener)


def test_one_of_a_draft_or_an_earlier_session_is_not_read(
    chat: Chat, home: Path, baits: str, listener: socket.socket
) -> None:
    me = chat(*QUICK)
    me.prompt()
    me.paste(baits)
    me.see("see @notes.md")
    me.press("enter")
    me.prompt()
    me.press("ctrl-d")
    me.end()
    me = chat(*QUICK)
    me.prompt()
    me.press("up")
    me.see("> see @notes.md")
    me.press("enter")
    is_left_alone(me, home, baits, listener)


def test_one_of_a_template_is_not_read_and_one_typed_behind_it_is(
    chat: Chat, home: Path, tmp_path: Path, baits: str
) -> None:
    (tmp_path / "mine.md").write_text("what I meant\n")
    (home / "templates").mkdir(parents=True)
    (home / "repl_history").touch(mode=0o600)
    (home / "templates" / "evil.md").write_text("Look at @notes.md: {input}\n")
    me = chat(*QUICK)
    me.prompt()
    me.say("/template evil @mine.md")
    me.see("with mine.md", TOLD)
    me.see("You asked")
    me.prompt()
    sent = question(home)
    assert ("what I meant" in sent, "canary of" in sent) == (True, False)


def test_a_typed_one_is_shown_before_it_goes_also_beside_a_pasted_text(
    chat: Chat, home: Path, baits: str, listener: socket.socket
) -> None:
    me = chat(*QUICK)
    me.prompt()
    me.type("for @notes.md ")
    me.paste("pasted @credentials.json text")
    me.press("enter")
    me.see("with notes.md", TOLD)
    text = me.see("You asked")
    assert text.index("with notes.md") < text.index("You asked")
    me.prompt()
    sent = question(home)
    assert ("canary of the notes" in sent, "canary of the keys" in sent) == (True, False)
    assert "pasted @credentials.json text" in sent


def test_a_typed_one_with_keys_of_ours_is_refused(chat: Chat, home: Path) -> None:
    me = chat(*QUICK)
    me.prompt()
    (home / "credentials.json").write_text("canary")
    me.say("what is @home/credentials.json")
    me.see("not sending home/credentials.json")
    me.prompt("what is @home/credentials.json")
    me.press("ctrl-c")
    me.prompt()
    me.say("/file home/credentials.json")
    me.see("not sending credentials.json")


def test_the_cursor_and_backspace_pass_a_pasted_at_sign_as_one(chat: Chat, home: Path) -> None:
    """The sign of its origin is neither drawn nor sent, nor left behind."""
    me = chat(*QUICK)
    me.prompt()
    me.paste("a@b @")
    me.prompt("a@b @")
    assert me.emulator.cursor.x == len("> a@b @")
    me.press("backspace")
    me.type("c")
    me.prompt("a@b c")
    me.press("enter")
    me.see("You asked")
    me.prompt()
    assert question(home) == "a@b c"


texts = st.text(st.sampled_from('@a/." \n\u2064'), max_size=40)


@given(texts)
def test_foreign_text_holds_no_mention_and_is_sent_as_it_was(text: str) -> None:
    assert mentions_in(foreign(text)) == []
    assert plain(foreign(text)) == text
    assert Pastes().unfold(Pastes().fold(text)) == text


@given(texts, st.integers(0, 40), st.integers(0, 40))
def test_no_cut_of_foreign_text_makes_a_mention(text: str, start: int, end: int) -> None:
    assert mentions_in(foreign(text)[start:end]) == []


@given(texts, texts)
def test_what_was_typed_stays_a_mention_and_nothing_beside_it(before: str, after: str) -> None:
    typed = ["@a/b"]
    kept = mentions_in(foreign(f"{before} @a/b {after}", typed))
    assert set(kept) <= set(typed)


@given(st.text(st.characters(exclude_categories=()), min_size=1, max_size=30))
@fuzzed(max_examples=100, deadline=None)
def test_any_path_after_an_at_is_a_file_or_an_error(name: str) -> None:
    """Names too long, of nobody, with bytes no file system takes: none ends the session."""
    with TemporaryDirectory() as folder:
        pending = PendingAttachments(
            cwd=Path(folder), home=None, limit=1000, fetch=no_page, is_secret=is_open
        )
        for written in (name, name * 200, f"~{name}", f"../{name}", f'"{name}"'):
            pending.named(f"@{written}")
            pending.left_out(f"@{written}", "")
            with suppress(LlmchatError):
                asyncio.run(pending.add(written, provider="demo"))
