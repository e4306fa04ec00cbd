"""A schema in the session: answers are shown as usual, then checked."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

from tests.servers.beside import beside
from tests.servers.structured import Service
from tests.terminals.person import Chat

SAID = json.dumps({"name": "Bob", "age": 5})
OLLAMA = ("-p", "ollama", "-m", "demo")  # the toolbar is known by that word
WRONG = json.dumps({"name": "Bob", "age": "five"})


def test_it_is_set_shown_checked_and_taken_off(chat: Chat, home: Path) -> None:
    service = Service([WRONG, SAID, "Hello, you"])
    with beside(service) as server:
        me = chat(*OLLAMA, demo=False, LLMCHAT_OLLAMA_BASE_URL=server.url)
        me.prompt()
        me.say("/schema")
        me.see("no schema")
        me.prompt()
        me.say("/schema name, age integer")
        me.see("unknown type 'integer'")
        me.prompt()
        me.say("/schema name, age int")
        me.see("answers have to match the schema from now on")
        me.prompt()
        me.say("/schema")
        me.see('"required": [')
        me.prompt()
        me.say("Who?")
        me.see("'five' is not of type 'integer'; asking again", "The answer matches the schema.")
        me.prompt()
        me.say("/schema off")
        me.see("answers are not checked against a schema")
        me.prompt()
        me.say("Hi")
        me.see("Hello, you")
        me.prompt()
    assert ["response_format" in body for body in service.asked] == [True, True, False]
    assert kept(home) == [json.dumps(json.loads(SAID), separators=(",", ":"))]


def test_an_answer_that_never_matches_is_an_error_below_it(chat: Chat) -> None:
    with beside(Service([WRONG])) as server:
        me = chat(*OLLAMA, demo=False, LLMCHAT_OLLAMA_BASE_URL=server.url)
        me.prompt()
        me.say("/schema name, age int")
        me.see("from now on")
        me.prompt()
        me.say("Who?")
        me.see("/retry regenerates it, /schema off stops checking")
        me.prompt()


def test_a_template_brings_its_schema(chat: Chat, home: Path) -> None:
    (home / "templates").mkdir(parents=True)
    (home / "templates" / "person.md").write_text('+++\nschema = "name, age int"\n+++\n')
    with beside(Service([SAID])) as server:
        me = chat(*OLLAMA, demo=False, LLMCHAT_OLLAMA_BASE_URL=server.url)
        me.prompt()
        me.say("/person Who?")
        me.see("The answer matches the schema.")
        me.prompt()
    assert kept(home)


def kept(home: Path) -> list[str]:
    with sqlite3.connect(home / "history.db") as connection:
        return [data for (data,) in connection.execute("SELECT data FROM message") if data]
