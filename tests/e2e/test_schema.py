"""`ask --schema` against strict services: stdout is the JSON that was checked, or empty."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.shell import KEY, Result, Shell
from tests.servers.scripted import serving
from tests.servers.structured import Service, any_object, nested, none

PERSON = "name, age int"
BOB = {"name": "Bob", "age": 5}
SAID = json.dumps(BOB)
LINE = '{"name":"Bob","age":5}\n'
FENCED = f"```json\n{SAID}\n```"
WRONG = '{"name": "Bob", "age": "five"}'

Ask = Callable[..., Any]


@pytest.fixture
def ask(shell: Shell) -> Ask:
    """`await ask(service, ...)` runs `llmchat ask` once with that service."""

    async def asked(
        service: Service, *flags: str, schema: str = PERSON, provider: str = "openai", **more: Any
    ) -> Result:
        async with running(service) as url:
            name = provider.upper()
            env = {f"LLMCHAT_{name}_BASE_URL": url, f"LLMCHAT_{name}_API_KEY": KEY}
            env[f"LLMCHAT_{name}_MODEL"] = "m1"
            given = ("--schema", schema) if schema else ()
            words = ("-p", provider, *given, *flags, "Who is it?")
            run = shell.ask
            return await asyncio.to_thread(run, *words, env=env, **more)

    return asked


@asynccontextmanager
async def running(service: Service) -> AsyncIterator[str]:
    async with serving(service) as server:
        yield server.url


@pytest.mark.parametrize(
    ("provider", "complaint"),
    [("openai", nested), ("deepseek", any_object), ("ollama", nested), ("vllm", none)],
)
async def test_each_service_is_asked_in_its_own_way(
    ask: Ask, provider: str, complaint: Any
) -> None:
    service = Service([SAID], complaint)
    result = await ask(service, provider=provider)
    assert (result.code, result.out) == (0, LINE), result.err
    assert len(service.asked) == 1
    assert service.refused == (1 if complaint is none else 0)
    assert ("describing it in the prompt" in result.err) is (complaint is none)


@pytest.mark.parametrize("text", [SAID, FENCED, f"Sure!\n{FENCED}\nBye", f"{SAID} It is Bob."])
async def test_a_fence_and_words_around_cost_no_second_question(ask: Ask, text: str) -> None:
    service = Service([text])
    result = await ask(service)
    assert (result.code, result.out, result.err) == (0, LINE, "")
    assert len(service.asked) == 1


@pytest.mark.parametrize("wrong", [WRONG, "I do not know.", '{"name": "Bob", "age": 5', "[]"])
async def test_an_answer_that_does_not_match_is_corrected_once(
    ask: Ask, shell: Shell, wrong: str
) -> None:
    service = Service([wrong, FENCED])
    result = await ask(service)
    assert (result.code, result.out) == (0, LINE)
    assert "does not match the schema" in result.err
    assert result.err.endswith("; asking again\n")
    question, answer, wish = service.asked[1]["messages"]
    assert question["content"] == "Who is it?"
    assert answer == {"role": "assistant", "content": wrong}
    assert "does not match the JSON Schema:\n- " in wish["content"]


async def test_the_faults_are_named_to_the_model(ask: Ask) -> None:
    service = Service([WRONG, SAID])
    await ask(service)
    assert "- $.age: 'five' is not of type 'integer'" in service.sent()


async def test_the_request_to_correct_it_is_not_a_question_of_the_person(
    ask: Ask, shell: Shell
) -> None:
    """The answer that did not match stays as a branch."""
    await ask(Service([WRONG, SAID]))
    assert [(said.role, said.text) for said in shell.history()] == [
        ("user", "Who is it?"),
        ("assistant", WRONG),
        ("assistant", SAID),
    ]
    assert rows(shell, "SELECT parent, data FROM message WHERE role = 'assistant'") == [
        (1, ""),
        (1, LINE.strip()),
    ]
    assert rows(shell, "SELECT leaf FROM conversation") == [(3,)]


async def test_a_mismatch_is_exit_8_with_the_text_kept_and_stdout_empty(
    ask: Ask, shell: Shell
) -> None:
    result = await ask(Service([WRONG]))
    assert (result.code, result.out) == (8, "")
    assert "$.age: 'five' is not of type 'integer'" in result.lines[-2]
    assert "llmchat history show last" in result.lines[-1]
    assert shell.history()[-1].text == WRONG


async def test_the_history_is_not_named_where_nothing_is_kept(ask: Ask) -> None:
    result = await ask(Service([WRONG]), "-n")
    assert result.code == 8
    assert "history" not in result.err


@pytest.mark.parametrize(("retries", "asked"), [("0", 1), ("1", 2), ("3", 4)])
async def test_retries_are_as_many_as_was_said(ask: Ask, retries: str, asked: int) -> None:
    service = Service([WRONG])
    result = await ask(service, "--schema-retries", retries)
    assert (result.code, len(service.asked)) == (8, asked)


async def test_a_refusal_is_exit_9_and_not_asked_again(ask: Ask) -> None:
    service = Service([{"content": None, "refusal": "I will not say who."}])
    result = await ask(service)
    assert (result.code, result.out, len(service.asked)) == (9, "", 1)
    assert "the model refused: I will not say who." in result.err


async def test_json_that_the_length_limit_cut_is_not_asked_again(ask: Ask) -> None:
    service = Service(['{"name": "Bo'], finish="length")
    result = await ask(service)
    assert (result.code, result.out, len(service.asked)) == (8, "", 1)
    assert "length limit cut the answer" in result.err


async def test_a_filter_is_a_filter(ask: Ask) -> None:
    result = await ask(Service([SAID], finish="content_filter"))
    assert (result.code, result.out) == (9, "")


async def test_json_has_data_and_the_cost_of_both_answers(ask: Ask) -> None:
    result = await ask(Service([WRONG, FENCED]), "--json")
    row = json.loads(result.out)
    assert (row["data"], row["text"], row["error"]) == (BOB, FENCED, None)
    assert row["usage"]["total_tokens"] == 14
    assert [a["outcome"] for a in row["attempts"]] == ["ok", "ok"]


async def test_json_of_a_mismatch_names_its_kind(ask: Ask) -> None:
    result = await ask(Service([WRONG]), "--json")
    row = json.loads(result.out)
    assert (row["error"]["kind"], row["error"]["exit_code"], result.code) == (
        "schema_mismatch", 8, 8,
    )  # fmt: skip
    assert "data" not in row


async def test_events_have_no_pieces_and_the_data_at_their_end(ask: Ask) -> None:
    result = await ask(Service([WRONG, SAID]), "--jsonl")
    events = [json.loads(line) for line in result.out.splitlines()]
    assert [event["type"] for event in events] == ["start", "end"]
    assert events[-1]["data"] == BOB


async def test_a_list_is_asked_for_and_checked(ask: Ask) -> None:
    said = json.dumps({"items": [BOB, BOB]})
    service = Service([said])
    result = await ask(service, "--schema-list")
    assert json.loads(result.out) == json.loads(said)
    sent = service.asked[0]["response_format"]["json_schema"]["schema"]
    assert sent["properties"]["items"]["items"]["required"] == ["name", "age"]
    assert (await ask(Service([SAID]), "--schema-list")).code == 8


async def test_a_file_gets_the_json_and_stdout_nothing(ask: Ask, shell: Shell) -> None:
    result = await ask(Service([FENCED]), "-O", "bob.json")
    assert (result.code, result.out) == (0, "")
    assert (shell.home / "bob.json").read_text() == LINE
    await ask(Service([WRONG]), "-O", "none.json")
    assert not (shell.home / "none.json").exists()


async def test_a_template_brings_a_schema_and_its_name(ask: Ask, shell: Shell) -> None:
    write_template(shell, "person", 'schema = "name, age int"')
    result = await ask(Service([SAID]), "-t", "person", schema="")
    assert (result.code, result.out) == (0, LINE)
    assert rows(shell, "SELECT schema FROM message WHERE data <> ''") == [("person",)]


async def test_a_template_names_a_file_beside_it_and_a_flag_goes_before(
    ask: Ask, shell: Shell
) -> None:
    write_template(shell, "person", 'schema = "person.json"')
    schema = {"title": "P", "type": "object", "required": ["age"]}
    (shell.home / "templates" / "person.json").write_text(json.dumps(schema))
    assert (await ask(Service([SAID]), "-t", "person", schema="")).code == 0
    result = await ask(Service([SAID]), "-t", "person", schema="other", provider="ollama")
    assert (result.code, "'other' is a required" in result.err) == (8, True)


async def test_a_conversation_is_continued_with_a_schema(ask: Ask) -> None:
    await ask(Service(["Hello"]), schema="")
    service = Service([SAID])
    result = await ask(service, "-c")
    assert (result.code, result.out) == (0, LINE)
    assert [m["content"] for m in service.asked[0]["messages"]][:2] == ["Who is it?", "Hello"]


REFUSED = {
    "unknown type": (("--schema", "name strange"), "unknown type"),
    "not a schema": (("--schema", '{"type": "objekt"}'), "not a valid JSON Schema"),
    "elsewhere": (("--schema", '{"$ref": "http://127.0.0.1:9/"}'), "never fetches"),
    "no value": (("--schema",), "the schema is empty"),
    "list of nothing": (("--schema-list",), "--schema-list needs --schema"),
    "retries of nothing": (("--schema-retries", "2"), "--schema-retries needs --schema"),
    "code block": (("--schema", "a", "-x"), "-x and a schema"),
    "markdown": (("--schema", "a", "--markdown"), "--markdown and a schema"),
    "picture": (("--schema", "a", "-O", "cat.jpg"), "picture"),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_what_is_wrong_is_told_before_anything_is_sent(ask: Ask, name: str) -> None:
    flags, says = REFUSED[name]
    service = Service([SAID])
    result = await ask(service, "-q", "a question", *flags, "-q", schema="")
    assert (result.code, result.out, service.asked) == (2, "", []), result.err
    assert says in result.lines[-2]


async def test_a_pattern_that_takes_years_ends(ask: Ask) -> None:
    schema = {"type": "object", "properties": {"a": {"pattern": "^(a+)+$"}}}
    service = Service([json.dumps({"a": "a" * 60 + "!"})])
    result = await ask(service, schema=json.dumps(schema))
    assert (result.code, result.out, len(service.asked)) == (8, "", 1)
    assert "could not be checked within 5 s" in result.err


HOSTILE = {
    "megabyte": (json.dumps({"name": "x" * 1_000_000, "age": 5}), 0),
    "deep": ('{"name":' * 50_000, 8),
    "brackets": ("[" * 100_000 + "]" * 100_000, 8),
    "twice": ('{"name": "a", "name": "b", "age": 1}', 8),
    "nan": ('{"name": "a", "age": NaN}', 8),
    "control": (json.dumps({"name": "\x1b]0;owned\x07", "age": 1}), 0),
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_answer_is_json_or_nothing(ask: Ask, name: str) -> None:
    text, code = HOSTILE[name]
    result = await ask(Service([text]), "--schema-retries", "0")
    assert result.code == code, result.err
    assert bool(result.out) is (code == 0)
    assert len(result.err) < 2000
    assert result.seconds < 60
    if result.out:
        assert json.loads(result.out) == json.loads(text)


async def test_the_request_can_be_seen_before(ask: Ask) -> None:
    service = Service([SAID])
    result = await ask(service, "--dry-run")
    assert (result.code, service.asked) == (0, [])
    assert '"response_format"' in result.out
    assert (await ask(service, "--dry-run", schema='{"type": 5}')).code == 2


async def test_the_data_come_back_out_of_the_history(ask: Ask, shell: Shell) -> None:
    await ask(Service(["Hello"]), schema="")
    titled = json.dumps({"title": "Person", "type": "object", "required": ["age"]})
    await ask(Service([SAID]), schema=titled)
    listed = json.loads(shell.run("history", "list", "--schema", "--json").out)
    named = json.loads(shell.run("history", "--schema", "Person", "--json").out)
    assert [row["id"] for row in named] == [row["id"] for row in listed]
    assert len(listed) == 1
    assert shell.run("history", "list", "--schema", "Other", "--json").out == "[]\n"
    assert shell.run("history", "show", "--data").out == LINE
    assert json.loads(shell.run("history", "show", "last", "--data", "--json").out) == [BOB]
    first = json.loads(shell.run("history", "list", "--json").out)[-1]["id"]
    empty = shell.run("history", "show", first, "--data")
    assert (empty.code, empty.out) == (11, "")


@pytest.mark.parametrize("form", ["json", "jsonl"])
async def test_an_export_takes_the_data_along(
    ask: Ask, shell: Shell, new_shell: Callable[[str], Shell], form: str
) -> None:
    titled = json.dumps({"title": "Person", "type": "object", "required": ["age"]})
    await ask(Service([FENCED]), schema=titled)
    file = shell.home / f"all.{form}"
    assert shell.run("history", "export", "--all", "-O", str(file)).code == 0
    other = new_shell("other")
    assert other.run("history", "import", str(file)).code == 0
    assert other.run("history", "show", "--data").out == LINE
    assert len(json.loads(other.run("history", "list", "--schema", "Person", "--json").out)) == 1


async def test_another_history_takes_the_data_along(
    ask: Ask, shell: Shell, new_shell: Callable[[str], Shell]
) -> None:
    await ask(Service([SAID]))
    other = new_shell("other")
    assert other.run("history", "import", str(shell.home / "history.db")).code == 0
    assert other.run("history", "show", "--data").out == LINE


async def test_a_secret_in_a_schema_is_not_for_a_keyless_service(shell: Shell) -> None:
    schema = json.dumps({"type": "object", "description": f"the key is {KEY}"})
    result = shell.ask("-p", "yqcloud", "--schema", schema, "Hi")
    assert result.code == 2
    assert "not sent" in result.err


def rows(shell: Shell, query: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect(shell.home / "history.db") as connection:
        return connection.execute(query).fetchall()


def write_template(shell: Shell, name: str, head: str) -> None:
    folder: Path = shell.home / "templates"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.md").write_text(f"+++\n{head}\n+++\n{{{{ input }}}}\n")
