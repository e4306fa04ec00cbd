"""Messages are English texts that remember how they were made."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from pathlib import Path

import pytest

from llmchat.app.history.views import days_table
from llmchat.errors import ConfigError, UsageError
from llmchat.inputs.folder import read_folder
from llmchat.language import (
    Phrase,
    all_of,
    any_of,
    changed,
    joined,
    msg,
    msg_n,
    translated,
    use,
)
from llmchat.render.tables.listing import render_table
from llmchat.render.tables.table import Column, Table, in_language
from llmchat.render.tools.calls import call_line
from llmchat.settings.toml.document import parse_document
from llmchat.store.history.figures.stats import DayStats, Stats
from llmchat.values.calls import CallOutcome, ToolCall, ToolResult
from tests.render.emulator import Terminal, screen_of


def in_russian() -> None:
    use(lambda: "ru")


def test_a_message_is_its_english_text() -> None:
    message = msg("no token came within {seconds:.0f} s", seconds=30.2)
    assert message == "no token came within 30 s"
    assert json.dumps([message]) == '["no token came within 30 s"]'
    assert (message.template, message.values) == (
        "no token came within {seconds:.0f} s",
        {"seconds": 30.2},
    )


def test_braces_without_values_are_ordinary_characters() -> None:
    assert msg('such as {"type": "object"}') == 'such as {"type": "object"}'


def test_the_number_chooses_the_form() -> None:
    assert [msg_n("{n} file", "{n} files", n) for n in (1, 2)] == ["1 file", "2 files"]
    in_russian()
    forms = [translated(msg_n("{n} file", "{n} files", n)) for n in (1, 3, 5, 21)]
    assert forms == ["1 файл", "3 файла", "5 файлов", "21 файл"]


@pytest.mark.parametrize(("outcome", "word"), [("refused", "отклонён"), ("cancelled", "отменён")])
def test_how_a_call_ended_is_translated(outcome: CallOutcome, word: str) -> None:
    in_russian()
    line = call_line(ToolResult(ToolCall("c1", "now", "{}"), "", outcome, 1))
    assert translated(line) == f"now {{}}: {word}"


def test_messages_within_a_message_are_translated_with_it() -> None:
    in_russian()
    inner = msg("interrupted")
    assert translated(inner) != "interrupted"
    assert translated(msg("{name}: {why}", name="x", why=inner)) == f"x: {translated(inner)}"
    assert translated(joined(", ", [inner, "y"])) == f"{translated(inner)}, y"


def test_what_stands_between_messages_is_written_as_people_there_do() -> None:
    use(lambda: "zh_CN")
    assert translated(joined(", ", ["a", "b"])) == "a，b"
    assert translated(joined(" · ", ["a", "b"])) == "a · b"


def test_no_messages_in_a_row_say_nothing() -> None:
    in_russian()
    assert translated(joined(", ", [])) == ""


def test_an_error_as_a_value_says_its_message() -> None:
    in_russian()
    error = ValueError(msg("interrupted"))
    assert translated(msg("not changed: {error}", error=error)).endswith(
        translated(msg("interrupted"))
    )


def test_numbers_are_written_as_people_there_do() -> None:
    message = msg("{number:,} {unit}", number=1234567, unit="x")
    in_russian()
    assert translated(message) == "1\u00a0234\u00a0567 x"
    assert translated(msg("{s:.1f} s", s=0.5)).startswith("0,5")
    use(lambda: "zh_CN")
    assert translated(message) == "1,234,567 x"


def test_the_numbers_of_a_table_are_written_so_too() -> None:
    days = (DayStats("2026-11-27", 1, 1234),)
    table = days_table(Stats(1, 0, 1, 1, 0, 1234, None, None, 0, (), days))
    in_russian()
    assert "1\u00a0234" in render_table(in_language(table), screen_of(Terminal(80, 9)))


def test_a_number_as_a_setting_is_written_as_it_is_typed() -> None:
    in_russian()
    assert translated(msg("{value!r} of {n:.1f}", value=0.2, n=0.5)) == "0.2 of 0,5"


def test_choices_and_sums_are_messages_too() -> None:
    assert [all_of("abc"), any_of(["a", "b"]), any_of("a")] == ["a and b and c", "a or b", "a"]
    use(lambda: "pseudo")
    assert translated(all_of([msg("a key"), "b"])) == "⟦⟦a key⟧ and b⟧"


def test_why_files_of_a_folder_are_left_out_is_translated(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("words")
    (tmp_path / "b.txt").write_text(" ")
    report = read_folder(tmp_path, "here", limit=1000).report
    assert report == "here: 1 file, 6 bytes (left out: 1 empty)"
    use(lambda: "pseudo")
    assert "⟦1 ⟦empty⟧⟧" in translated(report)


def test_what_the_settings_file_gets_wrong_is_translated(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_document("a = \n", tmp_path / "config.toml")
    use(lambda: "pseudo")
    assert "config.toml:1: ⟦invalid value⟧" in translated(caught.value.message)


def test_an_unknown_message_stays_english() -> None:
    in_russian()
    assert translated(msg("nobody has translated {this}", this=1.5)) == (
        "nobody has translated 1,5"
    )
    assert translated("a text of somebody else") == "a text of somebody else"


def test_masking_changes_the_values_and_keeps_the_message() -> None:
    message = msg("cannot read {path}", path=Path("/home/me/x"))
    masked = changed(message, lambda text: text.replace("/home/me", "~"))
    assert masked == "cannot read ~/x"
    assert isinstance(masked, Phrase)
    assert masked.template == "cannot read {path}"


def test_masking_that_the_values_do_not_explain_wins_over_the_message() -> None:
    message = msg("a {b}", b="c")
    masked = changed(message, lambda text: text.replace("a c", "***"))
    assert masked == "***"
    assert not isinstance(masked, Phrase)


def test_errors_keep_their_messages_through_masking_and_copies() -> None:
    error = UsageError(msg("no file {path}", path="secret"), hint=msg("check {it}", it="secret"))
    error.rewrite(lambda text: text.replace("secret", "***"))
    assert isinstance(error.message, Phrase)
    assert (error.message, error.hint) == ("no file ***", "check ***")
    assert isinstance(copy.deepcopy(error.message), Phrase)


def test_the_pseudo_language_marks_every_message() -> None:
    use(lambda: "pseudo")
    assert translated(msg("{name}: {why}", name="x", why=msg("gone"))) == "⟦x: ⟦gone⟧⟧"


def test_what_the_system_says_is_said_in_the_persons_language_too() -> None:
    message = msg("{path}: {why}", path="/nowhere", why="No such file or directory")
    in_russian()
    assert translated(message) == "/nowhere: нет такого файла или папки"


def test_a_narrow_card_has_the_colon_of_its_language() -> None:
    use(lambda: "zh_CN")
    row = ["k3fabc12xy", "yesterday 14:02"]
    table = in_language(Table((Column("id", "id"), Column("last")), [row]))
    screen = replace(screen_of(Terminal(20, 9)), colour=False, attributes=False)
    assert "最近：yesterday" in render_table(table, screen)
