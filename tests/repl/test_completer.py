"""What Tab offers, as a person sees it."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document

from llmchat.repl.completer import SessionCompleter
from llmchat.repl.input.completion_item import CompletionItem
from tests.terminals.person import Chat

if TYPE_CHECKING:
    from llmchat.repl.session import Session

QUICK = ("-o", "tokens", "5")


def test_a_command_completes_and_its_menu_says_what_it_does(chat: Chat) -> None:
    me = chat()
    me.prompt()
    me.type("/pro")
    me.see("/provider  List providers, or change the provider")
    me.press("tab")
    me.see_line("> /provider")
    me.write("dem")
    me.press("tab")
    me.see_line("> /provider demo")
    me.press("enter")
    me.see("demo answers from now on")


def test_models_complete_fuzzily_with_their_provider(chat: Chat) -> None:
    me = chat()
    me.prompt()
    me.write("/model gc2max")
    me.press("tab")
    me.see("> /model gigachat/GigaChat-2-Max")


def test_conversations_complete_by_id_and_by_title(chat: Chat) -> None:
    me = chat(*QUICK)
    me.prompt()
    me.say("all about penguins")
    me.see("You asked")
    me.prompt()
    me.say("/new")
    me.prompt()
    me.write("/resume penguin")
    me.press("tab")
    me.until(lambda: "penguin" not in me.display[me.emulator.cursor.y], "the id")
    me.press("enter")
    me.see("all about penguins (2 messages)")


def test_files_complete_behind_a_command_and_behind_an_at_sign(chat: Chat, tmp_path: Path) -> None:
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "june.md").write_text("sales")
    me = chat(*QUICK)
    me.prompt()
    me.write("/file rep")
    me.press("tab")
    me.see_line("> /file reports/")
    me.write("j")
    me.press("tab")
    me.see_line("> /file reports/june.md")
    me.press("ctrl-c")
    me.prompt()
    me.write("see @rep")
    me.press("tab")
    me.see_line("> see @reports/")
    me.write("ju")
    me.press("tab")
    me.see_line("> see @reports/june.md")


def test_a_chosen_completion_is_taken_by_enter_and_not_sent(chat: Chat, tmp_path: Path) -> None:
    for name in ("alpha.md", "alpine.md"):
        (tmp_path / name).touch()
    me = chat(*QUICK)
    me.prompt()
    me.write("see @alp")
    me.press("tab")
    me.see("alpha.md", "alpine.md")
    me.press("tab", "tab")
    me.see_line("> see @alpine.md")
    me.press("enter")
    me.until(lambda: "alpha.md" not in me.text, "the menu gone")
    assert "You asked" not in me.text
    me.press("enter")
    me.see("You asked")


def test_an_escape_sequence_in_a_file_name_reaches_no_terminal(chat: Chat, tmp_path: Path) -> None:
    (tmp_path / "evil\x1b]0;title\x07.txt").touch()
    (tmp_path / "even.txt").touch()
    me = chat(*QUICK)
    me.prompt()
    me.write("/file ev")
    me.press("tab")
    me.see("even.txt", "evil^[]0;title^G.txt")
    assert b"\x1b]0;title" not in me.bytes


async def test_files_are_looked_for_beside_the_typing() -> None:
    """A folder that does not answer stops nobody: the loop goes on while it is waited for."""
    looked, answers = threading.Event(), threading.Event()

    class Slow:
        def complete(self, word: str) -> list[CompletionItem]:
            looked.set()
            answers.wait(60)
            return [CompletionItem("found.md", len(word))]

    completer = SessionCompleter(cast("Session", SimpleNamespace(pending=Slow())))
    document = Document("see @fo")

    async def offered() -> list[str]:
        return [c.text async for c in completer.get_completions_async(document, CompleteEvent())]

    asking = asyncio.create_task(offered())
    while not looked.is_set():  # noqa: ASYNC110  # it is set by a thread
        await asyncio.sleep(0)  # which is how the loop would take a key
    assert not asking.done()
    answers.set()
    assert await asking == ["found.md"]
