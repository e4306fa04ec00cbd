"""`titles = "model"`: in the background, by whoever answered, delaying nothing."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from llmchat.app.ask.titles import title_in
from tests.servers.tool_model import OpenAIModel, Said, says
from tests.terminals.person import Chat, Person

OLLAMA = ("-p", "ollama", "-m", "demo")  # the toolbar is known by that word
FIRST = says("It is a monoid.")
ASKED = "Reply with the title alone."


def begun(chat: Chat, model: OpenAIModel, **more: str) -> Person:
    environ = {"LLMCHAT_OLLAMA_BASE_URL": model.url, "LLMCHAT_TITLES": "model", **more}
    me = chat(*OLLAMA, demo=False, **environ)
    me.prompt()
    return me


def titles(home: Path) -> list[str]:
    with sqlite3.connect(home / "history.db") as connection:
        return [title for (title,) in connection.execute("SELECT title FROM conversation")]


def asks_title(body: dict[str, list[dict[str, str]]]) -> bool:
    return ASKED in body["messages"][-1]["content"]


@pytest.mark.parametrize(
    ("said", "title"),
    [
        ("Monads in Haskell\n", "Monads in Haskell"),
        ('**"Monads in Haskell."**', "Monads in Haskell"),
        ("# Title: Monads", "Monads"),
        ("Заголовок: «Пчёлы и мёд»", "Пчёлы и мёд"),
        ("\n\n  \x1b[31mred\n more", "[31mred"),
        ("...", ""),
        ("", ""),
    ],
)
def test_a_title_is_found_in_what_a_model_says(said: str, title: str) -> None:
    assert title_in(said) == title


def test_the_model_that_answered_gives_the_title(chat: Chat, home: Path) -> None:
    with OpenAIModel(FIRST, says('"Monads explained"')).running() as model:
        home.mkdir(mode=0o700)
        (home / "config.toml").write_text("[options]\nmax_tokens = 500\n")
        me = begun(chat, model)
        me.say("What is a monad?")
        me.see("It is a monoid.", "Monads explained")  # in the toolbar
        assert titles(home) == ["Monads explained"]
        assert asks_title(model.asked[1])
        assert ["max_tokens" in body for body in model.asked] == [True, False]
        assert "What is a monad?" in model.asked[1]["messages"][-1]["content"]
        me.say("/history")
        me.see_line(r".*Monads explained")
        assert len(model.asked) == 2
        me.prompt()
        me.say("And a functor?")
        me.see("Monads explained", "> And a functor?")
        me.until(lambda: len(model.asked) == 3, "the second question")
        me.prompt()
        me.say("/exit")
        assert me.end() == 0
        assert [asks_title(body) for body in model.asked] == [False, True, False]


def test_without_the_setting_nothing_is_asked(chat: Chat, home: Path) -> None:
    with OpenAIModel(FIRST).running() as model:
        me = begun(chat, model, LLMCHAT_TITLES="words")
        me.say("What is a monad?")
        me.see("It is a monoid.")
        me.prompt()
        me.say("/exit")
        assert me.end() == 0
        assert (titles(home), len(model.asked)) == (["What is a monad?"], 1)


def test_a_slow_title_delays_no_answer_and_no_end(chat: Chat, home: Path) -> None:
    late = threading.Event()

    def slow(body: object) -> Said:
        late.wait(60)
        return says("Late")

    with OpenAIModel(FIRST, slow, says("The second answer."), slow).running() as model:
        me = begun(chat, model)
        me.say("What is a monad?")
        me.see("It is a monoid.")
        me.until(lambda: len(model.asked) == 2, "the title is asked for")
        me.prompt()
        me.say("And now?")
        me.see("The second answer.")
        me.until(lambda: len(model.asked) == 4, "the title is asked for again")
        me.prompt()
        me.say("/exit")
        assert me.end() == 0
        assert titles(home) == ["What is a monad?"]
        late.set()


def test_a_name_that_the_person_gave_stays(chat: Chat, home: Path) -> None:
    named = threading.Event()

    def slow(body: object) -> Said:
        named.wait(60)
        return says("By the model")

    with OpenAIModel(FIRST, slow).running() as model:
        me = begun(chat, model)
        me.say("What is a monad?")
        me.see("It is a monoid.")
        me.prompt()
        me.say("/rename Mine")
        me.see("Renamed to Mine")
        named.set()
        me.prompt()
        me.say("/tokens")
        me.see("used in this session")
        assert titles(home) == ["Mine"]


def test_a_failed_title_is_not_spoken_of(chat: Chat, home: Path) -> None:
    with OpenAIModel(FIRST, says("far too long for a title " * 40)).running() as model:
        me = begun(chat, model)
        me.say("What is a monad?")
        me.see("It is a monoid.")
        me.until(lambda: len(model.asked) == 2, "the title is asked for")
        me.prompt()
        me.say("/exit")
        assert me.end() == 0
        assert titles(home) == ["What is a monad?"]
        assert "llmchat: " not in me.text


def test_a_conversation_that_is_not_saved_is_not_sent_for_a_title(chat: Chat) -> None:
    with OpenAIModel(FIRST).running() as model:
        me = begun(chat, model, LLMCHAT_SAVE="false")
        me.say("What is a monad?")
        me.see("It is a monoid.")
        me.prompt()
        me.say("/exit")
        assert me.end() == 0
        assert len(model.asked) == 1
