"""The input of a batch: lines, JSONL and CSV as rows, and what is refused with its line."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from llmchat.app.batch.input.rows import BatchRow, rows_of, unknown_key
from llmchat.app.batch.input.source import BatchInput, Format, open_source
from llmchat.errors import LlmchatError, TooLong, UsageError
from llmchat.inputs.prompt import is_open
from llmchat.world import World

LIMIT = 1000


def rows(content: bytes | str, format: Format = "lines", limit: int = LIMIT) -> list[BatchRow]:
    data = content.encode() if isinstance(content, str) else content
    return list(rows_of(BatchInput("in", io.BytesIO(data), format, limit)))


def refused(content: bytes | str, format: Format = "lines", limit: int = LIMIT) -> str:
    with pytest.raises(LlmchatError) as caught:
        rows(content, format, limit)
    assert caught.value.exit_code == 2
    return caught.value.message


def world(cwd: Path, stdin: bytes = b"") -> World:
    stream = io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8")
    return World({}, stream, io.StringIO(), io.StringIO(), cwd)


def test_each_line_with_text_is_a_prompt() -> None:
    found = rows("one\r\n\n  \n два \nthree")
    assert [(row.place, row.line, row.prompt) for row in found] == [
        (1, 1, "one"), (2, 4, "два"), (3, 5, "three"),
    ]  # fmt: skip


def test_a_line_separator_of_unicode_is_not_a_line_end() -> None:
    assert [row.prompt for row in rows("a\u2028b\x0bc\n")] == ["a\u2028b\x0bc"]


def test_the_mark_of_utf_8_is_not_part_of_the_first_prompt() -> None:
    assert rows("\ufeffone\n")[0].prompt == "one"
    assert rows('\ufeff{"prompt": "one"}', "jsonl")[0].prompt == "one"
    assert rows("\ufeffid,prompt\n7,one", "csv")[0].id == "7"


def test_a_json_row_says_everything_about_its_prompt() -> None:
    row = {
        "id": 7, "prompt": "Привет", "system": "s", "model": "m",
        "options": {"temperature": 0}, "vars": {"lang": "ru", "n": 3}, "label": "x", "gone": None,
    }  # fmt: skip
    (found,) = rows(json.dumps(row) + "\n", "jsonl")
    assert (found.id, found.prompt, found.system, found.model) == ("7", "Привет", "s", "m")
    assert found.options == {"temperature": 0}
    assert found.fields["lang"] == "ru"
    assert (found.fields["n"], found.fields["label"], found.fields["gone"]) == ("3", "x", "")


def test_csv_has_quotes_newlines_and_cyrillic_in_its_fields() -> None:
    text = 'id,город,prompt\n1,"Нью\nЙорк, США","Say ""hi"""\n\n2,Москва,b\n'
    first, second = rows(text, "csv")
    assert first.fields == {"id": "1", "город": "Нью\nЙорк, США", "prompt": 'Say "hi"'}
    assert (first.line, second.line, second.place) == (2, 5, 2)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_found_in_the_header(delimiter: str) -> None:
    text = f'"a,b;c"{delimiter}prompt{delimiter}id\nx{delimiter}y, z{delimiter}1\n'
    if delimiter == ",":
        text = text.replace("y, z", '"y, z"')
    assert rows(text, "csv")[0].prompt == "y, z"


@pytest.mark.parametrize(
    ("content", "format", "told"),
    [
        ("ok\n\0\n", "lines", "in:2: a NUL byte"),
        (b"ok\n\xcf\xf0\xe8\n", "lines", "in:2: the line is not UTF-8"),
        ("ok".encode("utf-16"), "lines", "in:1: the file is UTF-16"),
        ('{"prompt": "a"}\nnonsense\n', "jsonl", "in:2: not JSON"),
        ('{"prompt": "a"}\n["b"]\n', "jsonl", "in:2: not a JSON object"),
        ("[" * 100_000, "jsonl", "in:1: the JSON is nested too deeply"),
        ('{"prompt": 3}', "jsonl", "in:1: prompt is not a string"),
        ('{"prompt": "a", "options": []}', "jsonl", "in:1: options is not an object"),
        ('{"options": {"a": ' + "[" * 900 + "]" * 900 + "}}", "jsonl", "in:1: options must not be"),
        (
            '{"prompt": "a", "options": {"Tools": []}}',
            "jsonl",
            "in:1: a row cannot set options.Tools",
        ),
        ('{"prompt": "a", "id": {}}', "jsonl", "in:1: id is not a string"),
        ("id,prompt\n1\n", "csv", "in:2: 1 field, but the header has 2"),
        ("id,prompt\n1,a,b\n", "csv", "in:2: 3 fields, but the header has 2"),
        ('id,prompt\n1,a\n2,"never closed\n\n', "csv", "in:3: not CSV"),
        ("id,id\n1,2\n", "csv", "in:1: the column 'id' appears twice"),
    ],
)
def test_a_wrong_row_is_told_with_its_line(content: str, format: Format, told: str) -> None:
    assert refused(content, format, 1_000_000).startswith(told)


def test_a_column_that_is_there_twice_is_found_in_time_among_many() -> None:
    names = [f"{number:x}" for number in range(40_000)]
    before = time.process_time()
    told = refused(",".join([*names, names[-1]]), "csv", 1_000_000)
    assert told.startswith(f"in:1: the column '{names[-1]}' appears twice")
    assert time.process_time() - before < 5


def test_a_quote_that_never_closes_does_not_take_the_whole_file() -> None:
    text = 'id,prompt\n1,"open\n' + "x\n" * LIMIT
    assert "in:2: the row (is a quote missing?) is larger than" in refused(text, "csv")


class Endless(io.RawIOBase):
    """A line of a gigabyte, generated while it is read."""

    def __init__(self) -> None:
        self.given = 0

    def readline(self, size: int | None = -1, /) -> bytes:
        assert size is not None
        assert 0 < size < 2 * LIMIT
        self.given += size
        return b"x" * size

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return 0


@pytest.mark.parametrize("format", ["lines", "jsonl", "csv"])
def test_a_line_without_an_end_is_refused_before_it_fills_the_memory(format: Format) -> None:
    endless = Endless()
    with pytest.raises(TooLong, match="in:1: the line is larger than 1 kB"):
        list(rows_of(BatchInput("in", endless, format, LIMIT)))  # type: ignore[arg-type]  # enough of one
    assert endless.given < 3 * LIMIT


def test_a_key_that_is_nearly_one_of_ours_is_told() -> None:
    (row,) = rows('{"prompt": "a", "sytem": "b", "label": "c"}', "jsonl")
    line = unknown_key(row, frozenset())
    assert line == "unknown key sytem in line 1 (did you mean system?)"
    assert unknown_key(row, frozenset({"sytem"})) == ""


@pytest.mark.parametrize(
    ("name", "content", "format"),
    [
        ("a.csv", "x", "csv"),
        ("a.TSV", "x", "csv"),
        ("a.ndjson", "x", "jsonl"),
        ("a.txt", '{"prompt": "x"}', "lines"),
        ("a", '{"prompt": "x"}', "jsonl"),
        ("a", "{not json", "lines"),
        ("-", '{"prompt": "x"}\n', "jsonl"),
        ("-", "x", "lines"),
    ],
)
def test_the_format_is_that_of_the_name_or_of_the_first_line(
    tmp_path: Path, name: str, content: str, format: str
) -> None:
    if name != "-":
        (tmp_path / name).write_text(content)
    around = world(tmp_path, content.encode())
    with (source := open_source(name, around, format="", limit=9999, is_secret=is_open)).file:
        assert source.format == format


def test_stdin_can_be_read_twice(tmp_path: Path) -> None:
    around = world(tmp_path, b"one\ntwo\n")
    source = open_source("-", around, format="", limit=LIMIT, is_secret=is_open)
    with source.file:
        assert [r.prompt for r in rows_of(source)] == [r.prompt for r in rows_of(source)]
        assert len(list(rows_of(source))) == 2


@pytest.mark.parametrize("name", ["missing.txt", ".", "a\0b"])
def test_a_file_that_cannot_be_read_is_a_usage_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError):
        open_source(name, world(tmp_path), format="", limit=LIMIT, is_secret=is_open)


def test_a_file_with_our_keys_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "credentials.json").write_text("{}")
    with pytest.raises(UsageError, match="not sending"):
        open_source(
            "credentials.json",
            world(tmp_path),
            format="",
            limit=LIMIT,
            is_secret=lambda path: True,
        )


def test_rows_are_made_one_by_one() -> None:
    """The second row is wrong, but the first one comes before the second is looked at."""
    found: Iterator[BatchRow] = rows_of(BatchInput("in", io.BytesIO(b"a\n\0\n"), "lines", LIMIT))
    assert next(found).prompt == "a"
