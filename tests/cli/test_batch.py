"""`llmchat batch` with the demo: inputs, templates, what is refused before anything is sent."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from llmchat.cli.main import run
from llmchat.world import World
from tests.scripts.conftest import fits
from tests.shell import Result, Shell

DEMO = ("-p", "demo")
Batch = Callable[..., Result]


@pytest.fixture
def batch(llmchat: Shell, tmp_path: Path) -> Batch:
    def start(content: str, *argv: str, name: str = "in.txt", **more: Any) -> Result:
        (tmp_path / name).write_text(content, "utf-8")
        return llmchat("batch", str(tmp_path / name), *argv, *DEMO, **more)

    return start


def questions(result: Result) -> list[str]:
    """The questions that the demo quotes."""
    assert result.code == 0, result.err
    quoted = (row["text"].partition("> ")[2].partition("\n\nThis is")[0] for row in result.events)
    return [text.replace("\n>", "\n").replace("\n ", "\n") for text in quoted]


def test_each_prompt_has_one_line_that_fits_the_schema(batch: Batch) -> None:
    result = batch("one\ntwo\n", "--ordered")
    assert [row["id"] for row in result.events] == ["1", "2"]
    assert all(fits("batch", row) for row in result.events)
    assert result.events[0]["input_sha256"] == hashlib.sha256(b"one").hexdigest()
    assert result.err.startswith("2 answered (")
    assert len(result.err.splitlines()) == 1


def test_a_failed_prompt_has_a_line_that_fits_the_schema(llmchat: Shell, tmp_path: Path) -> None:
    result = llmchat(
        *("batch", "-", "-p", "openai"),
        stdin="hi\n",
        LLMCHAT_OPENAI_API_KEY="x",
        LLMCHAT_OPENAI_BASE_URL="http://127.0.0.1:9/v1",
        LLMCHAT_RETRIES="0",
    )
    assert result.code == 5
    assert fits("batch", result.events[0])
    assert result.events[0]["error"]["kind"] == "network"
    assert "1 of 1 prompts failed" in result.err


def test_words_go_before_each_prompt(batch: Batch) -> None:
    result = batch("one\ntwo\n", "Say", "it:", "--ordered")
    assert questions(result) == ["Say it:\n\none", "Say it:\n\ntwo"]


def test_columns_fill_the_words(batch: Batch) -> None:
    result = batch("city,land\nBerlin,de\n", "Where is {{ city }} in {{land}}?", name="c.csv")
    assert questions(result) == ["Where is Berlin in de?"]


def test_columns_and_values_fill_a_template(batch: Batch) -> None:
    argv = ("-t", "translate", "lang=German", "{{ text }}")
    (question,) = questions(batch("text\nпривет\n", *argv, name="c.csv"))
    assert "into German" in question
    assert question.endswith("привет")


def test_a_prompt_that_is_a_dash_is_a_prompt(batch: Batch) -> None:
    assert questions(batch("-\n")) == ["-"]


def test_vars_of_a_json_row_fill_a_template(batch: Batch) -> None:
    row = {"id": "x", "prompt": "Hallo", "vars": {"lang": "English"}}
    (question,) = questions(batch(json.dumps(row), "-t", "translate", name="r.jsonl"))
    assert "into English" in question


def test_a_row_names_a_file_where_the_flag_says_so(batch: Batch, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("alpha")
    (tmp_path / "b.md").write_text("beta")
    rows = "file,prompt\na.md,Read\nb.md,Read\n"
    result = batch(rows, "-f", "{{ file }}", "--ordered", name="c.csv")
    assert [text.splitlines()[-2] for text in questions(result)] == ["alpha", "beta"]


def test_no_file_is_sent_that_only_the_input_names(batch: Batch, tmp_path: Path) -> None:
    (tmp_path / "private.md").write_text("alpha")
    row = {"prompt": "Read", "file": "private.md", "files": ["private.md"], "attach": "private.md"}
    assert questions(batch(json.dumps(row), name="r.jsonl")) == ["Read"]


@pytest.mark.parametrize(
    ("content", "argv", "name", "told"),
    [
        ("", (), "in.txt", "there are no prompts in in.txt"),
        ("\n \n", (), "in.txt", "there are no prompts in in.txt"),
        ("id,prompt\n", (), "c.csv", "there are no prompts in c.csv"),
        ("id,prompt\na,1\na,2\n", (), "c.csv", "c.csv:3: the id 'a' appears twice"),
        ('{"prompt":"a"}\n{"id":"1","prompt":"b"}', (), "r.jsonl", "r.jsonl:2: the id '1'"),
        ('{"id":"a"}', (), "r.jsonl", "r.jsonl:1: the row has no prompt"),
        ("a\nb\n\0\n", (), "in.txt", "in.txt:3: a NUL byte"),
        ("x\n1\n", ("{{ y }}",), "c.csv", "c.csv:2: template of the command line needs values"),
        ("f,prompt\nno.md,a\n", ("-f", "{{f}}"), "c.csv", "c.csv:2: no.md: No such file"),
        ("f,prompt\n-,a\n", ("-f", "{{f}}"), "c.csv", "c.csv:2: a row does not read its file"),
        ("g,prompt\na,a\n", ("-f", "{{f}}"), "c.csv", "c.csv:2: -f {{f}}: there is no column f"),
        ("a\n", ("--resume",), "in.txt", "--resume needs --out FILE"),
        ("a\n", ("--jobs", "0"), "in.txt", "--jobs must be from 1 to 64"),
        ("a\n", ("--limit", "0"), "in.txt", "--limit must be 1 or more"),
        ("a\n", ("--format", "xml"), "in.txt", "unknown format 'xml'"),
        ("a\n", ("-f", "-"), "in.txt", "a batch does not read a file from stdin"),
        ("a\n", ("--schema-list",), "in.txt", "--schema-list needs --schema"),
        ("a\n" * 3 + "b" * 2000 + "\n", ("--max-input", "1kB"), "in.txt", "in.txt:4: the line is"),
    ],
)
def test_a_wrong_input_is_refused_before_anything_is_sent(
    batch: Batch, tmp_path: Path, content: str, argv: tuple[str, ...], name: str, told: str
) -> None:
    out = () if "--resume" in argv else ("--out", "out.jsonl")
    result = batch(content, *argv, *out, name=name)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith(f"llmchat: {told}")
    assert len(result.err.splitlines()) == 2
    assert not (tmp_path / "out.jsonl").exists()


def test_no_file_with_our_keys_is_sent_whoever_names_it(batch: Batch, tmp_path: Path) -> None:
    (tmp_path / "credentials.json").write_text("{}")
    result = batch("f,prompt\ncredentials.json,a\n", "-f", "{{f}}", name="c.csv")
    assert (result.code, result.out) == (2, "")
    assert "c.csv:2: not sending credentials.json" in result.err


def test_a_closed_stdout_matters_only_without_a_file(llmchat: Shell, tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_text("a\n")
    out, err = io.StringIO(), io.StringIO()
    out.close()
    world = World(llmchat.environ, io.StringIO(""), out, err, tmp_path)
    assert run(["batch", "in.txt", *DEMO], world) == 3
    assert run(["batch", "in.txt", *DEMO, "--out", "o", "-q"], world) == 0


def test_an_existing_file_is_not_added_to(batch: Batch, tmp_path: Path) -> None:
    assert batch("a\n", "--out", "out.jsonl").code == 0
    before = (tmp_path / "out.jsonl").read_text()
    assert batch("a\n", "--out", "out.jsonl").code == 2
    assert (tmp_path / "out.jsonl").read_text() == before


def test_resume_asks_only_what_is_new(batch: Batch, tmp_path: Path) -> None:
    batch("a\nb\n", "--out", "out.jsonl")
    result = batch("a\nB\nc\n", "--out", "out.jsonl", "--resume")
    assert result.err.startswith("2 answered, 1 answered before")
    again = batch("a\nB\nc\n", "--out", "out.jsonl", "--resume")
    assert again.err == "3 answered before, none left to ask\n"


@pytest.mark.parametrize(
    "changed", [("-s", "Be brief"), ("-o", "tokens", "9"), ("-e", "high"), ("Say:",)]
)
def test_other_settings_are_another_question(batch: Batch, changed: tuple[str, ...]) -> None:
    batch("a\n", "--out", "out.jsonl")
    assert batch("a\n", "--out", "out.jsonl", "--resume", *changed).err.startswith("1 answered")


def test_limit_asks_the_first_ones_and_resume_the_others(batch: Batch, tmp_path: Path) -> None:
    rows = "".join(f"p{i}\n" for i in range(5))
    assert batch(rows, "--out", "o", "--limit", "2").err.startswith("2 answered (")
    assert batch(rows, "--out", "o", "--limit", "2", "--resume").err.startswith("2 answered, 2")
    assert batch(rows, "--out", "o", "--resume").err.startswith("1 answered, 4")
    assert len((tmp_path / "o").read_text().splitlines()) == 5


def test_nothing_is_saved_unless_it_is_wished(batch: Batch, llmchat: Shell) -> None:
    assert batch("a\nb\n").events[0]["conversation"] is None
    assert llmchat("history", "list", "--json").out.strip() == "[]"
    kept = {row["conversation"] for row in batch("a\nb\n", "--save").events}
    listed = json.loads(llmchat("history", "list", "--json").out)
    assert {row["id"] for row in listed} == kept
    assert len(kept) == 2


def test_a_dry_run_shows_the_first_request_and_sends_nothing(batch: Batch, tmp_path: Path) -> None:
    result = batch("one\ntwo\n", "Say:", "--dry-run", "--out", "out.jsonl")
    assert result.code == 0
    assert "Say:\\n\\none" in result.out
    assert "2 prompts in in.txt; the first request:" in result.err
    assert not (tmp_path / "out.jsonl").exists()


def test_a_dry_run_of_what_is_answered_shows_no_request(batch: Batch) -> None:
    batch("one\n", "--out", "o")
    result = batch("one\n", "--out", "o", "--resume", "--dry-run")
    assert (result.code, result.out) == (0, "")
    assert result.err == "1 prompt in in.txt, 1 answered before, 0 to ask\n"


def test_a_secret_for_a_keyless_service_is_refused_with_its_line(
    llmchat: Shell, tmp_path: Path
) -> None:
    (tmp_path / "in.txt").write_text("fine\nsk-canary-0123456789abcdef0123456789\n")
    result = llmchat("batch", "in.txt", "-p", "yqcloud")
    assert (result.code, result.out) == (2, "")
    assert "in.txt:2: not sent: the text contains an API key" in result.err
    assert "0123456789abcdef" not in result.err


def test_without_a_key_no_prompt_is_begun(llmchat: Shell, tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_text("a\nb\n")
    result = llmchat("batch", "in.txt", "-p", "openai", "--out", "out.jsonl")
    assert (result.code, result.out) == (4, "")
    assert len(result.err.splitlines()) == 2
    assert "you are not signed in" in result.err
    assert not (tmp_path / "out.jsonl").exists()


def test_a_terminal_gets_escaped_lines(batch: Batch) -> None:
    result = batch('{"prompt":"a\\u001b[31m\\u202e"}', name="r.jsonl", screen=True)
    assert "\\u001b" in result.out
    assert "\x1b[31m" not in result.out
    assert "\u202e" not in result.out
