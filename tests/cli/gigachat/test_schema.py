"""GigaChat and a schema: its own flat form, and words where the account may not use it."""

from __future__ import annotations

import json

import pytest

from tests.servers.gigachat import CHAT, DONE, KEY, USAGE, StrictGigaChat, frame, refusal
from tests.shell import Shell

SAID = '{\n  "name": "Боб",\n  "age": 5\n}'
ASK = ("ask", "-p", "gigachat", "--schema", "name, age int", "Кто?")


@pytest.fixture
def signed_in(shell: Shell, server: StrictGigaChat) -> Shell:
    server.answer = frame(SAID[:9]) + frame(SAID[9:]) + frame(finish="stop", usage=USAGE) + DONE
    shell.environ["GIGACHAT_CREDENTIALS"] = KEY
    return shell


def test_the_schema_stands_beside_its_type(signed_in: Shell, server: StrictGigaChat) -> None:
    done = signed_in(*ASK)
    assert (done.code, done.out) == (0, '{"name":"Боб","age":5}\n'), done.err
    (asked,) = server.to(CHAT)
    wanted = asked.json["response_format"]
    assert set(wanted) == {"type", "schema", "strict"}
    assert (wanted["type"], wanted["strict"]) == ("json_schema", True)
    assert wanted["schema"]["required"] == ["name", "age"]
    assert asked.json["messages"] == [{"role": "user", "content": "Кто?"}]


def test_without_required_it_is_not_strict(signed_in: Shell, server: StrictGigaChat) -> None:
    signed_in("ask", "-p", "gigachat", "--schema", '{"type": "object"}', "Кто?")
    (asked,) = server.to(CHAT)
    assert asked.json["response_format"]["strict"] is False


def test_an_account_that_may_not_use_it_is_asked_in_words(
    signed_in: Shell, server: StrictGigaChat
) -> None:
    server.script[CHAT].append(refusal(400, "response_format is not available"))
    done = signed_in(*ASK)
    assert (done.code, done.out) == (0, '{"name":"Боб","age":5}\n')
    assert "gigachat did not accept the schema" in done.err
    first, second = server.to(CHAT)
    assert "response_format" in first.json
    assert "response_format" not in second.json
    assert second.json["messages"][-1]["content"].count("JSON Schema") == 1


def test_who_refused_the_field_is_not_asked_with_it_again(
    signed_in: Shell, server: StrictGigaChat
) -> None:
    server.answer = frame("no JSON") + frame(finish="stop") + DONE
    server.script[CHAT].append(refusal(422, "Invalid params"))
    assert signed_in(*ASK).code == 8
    assert ["response_format" in asked.json for asked in server.to(CHAT)] == [True, False, False]


def test_at_a_terminal_it_is_indented_and_harmless(
    signed_in: Shell, server: StrictGigaChat
) -> None:
    said = json.dumps({"name": "\x1b[31mБоб\u202e", "age": 5}, ensure_ascii=False)
    server.answer = frame(said) + frame(finish="stop") + DONE
    done = signed_in(*ASK, screen=True, TERM="xterm")
    assert done.out == '{\n  "name": "\\u001b[31mБоб\\u202e",\n  "age": 5\n}\n'
    done = signed_in(*ASK, "--raw", screen=True, TERM="xterm")
    assert done.out == '{"name":"\\u001b[31mБоб\\u202e","age":5}\n'


@pytest.mark.parametrize("flags", [("--schema", "name"), ()])
def test_what_a_file_does_not_take_acts_on_no_terminal(
    signed_in: Shell, server: StrictGigaChat, flags: tuple[str, ...]
) -> None:
    """C1 controls and bidi marks are legal in JSON."""
    said = '{"name": "a\x9b2J\u202eb"}'
    server.answer = frame(said) + frame(finish="stop", usage=USAGE) + DONE
    done = signed_in("ask", "-p", "gigachat", *flags, "-O", "/dev/full", "Кто?", screen=True)
    assert (done.code, "the answer went to stdout instead" in done.err) == (3, True), done.err
    assert "<U+202E>" in done.out
    assert not {"\x9b", "\u202e"} & set(done.out)
