"""`llmchat history` and `llmchat code` as a shell sees them: code, out and err."""

from __future__ import annotations

import json
import os
import pty
import sqlite3
from pathlib import Path

import pytest

from llmchat.app.terminal.pager import page
from tests.shell import Result, Shell


@pytest.fixture
def talked(llmchat: Shell) -> Shell:
    """A home with two conversations of the demo."""
    for argv in (["Как испечь Ёлочный пирог?"], ["-c", "и 语言模型?"], ["sorting lists"]):
        assert llmchat("ask", "-p", "demo", *argv).code == 0
    return llmchat


def ids(shell: Shell) -> list[str]:
    return [row["id"] for row in json.loads(shell("history", "list", "--json").out)]


def test_an_empty_history_is_a_notice_and_no_file(llmchat: Shell, tmp_path: Path) -> None:
    assert llmchat("history", "list") == Result(0, "", "there are no conversations yet\n")
    assert llmchat("history", "list", "--json").out == "[]\n"
    assert llmchat("history", "show", "last").code == 11
    assert not (tmp_path / "history.db").exists()


def test_list_shows_the_newest_first(talked: Shell) -> None:
    listed = talked("history", "list").out.splitlines()
    assert [line.split()[0] for line in listed[1:]] == ids(talked)
    assert listed[1].endswith("demo/demo  sorting lists")
    assert "today" in listed[2]
    assert "Как испечь Ёлочный пирог?" in listed[2]
    assert len(talked("history", "list", "-l", "1").out.splitlines()) == 2


def test_show_reads_as_markdown_in_a_pipe_and_is_rendered_on_a_terminal(talked: Shell) -> None:
    piped = talked("history", "show", "last").out
    assert piped.startswith("# sorting lists\n")
    assert "\n## You\n\nsorting lists\n" in piped
    rendered = talked("history", "show", "last", screen=True).out
    assert "\x1b[1msorting lists" in rendered
    assert "## You" not in rendered
    assert talked("history", "show", "last", "--raw", screen=True).out == piped


def test_show_as_json_holds_every_message(talked: Shell) -> None:
    shown = json.loads(talked("history", "show", "елочный", "--json").out)
    assert [m["role"] for m in shown["messages"]] == ["user", "assistant"] * 2
    assert shown["messages"][1]["provider"] == "demo"
    assert shown["messages"][1]["total_tokens"] > 0


def test_search_finds_in_every_script_and_marks_on_a_terminal(talked: Shell) -> None:
    assert "и 语言模型?" in talked("history", "search", "语言", "role:user").out
    assert "\x1b[1;33mЁлочн\x1b[0m" in talked("history", "search", "елочн", screen=True).out
    assert "\x1b" not in talked("history", "search", "елочн", screen=True, NO_COLOR="1").out
    hits = json.loads(talked("history", "search", "sorting lists", "--json").out)
    assert {hit["title"] for hit in hits} == {"sorting lists"}


def test_nothing_found_is_code_11(talked: Shell) -> None:
    result = talked("history", "search", "zzz")
    assert (result.code, result.out) == (11, "")
    assert 'no messages match "zzz"' in result.err
    assert talked("history", "search", "zzz", "--json").out == "[]\n"
    assert talked("history", "show", "sorting list in rust").code == 11
    assert "sorting lists" in talked("history", "show", "sorting list in rust").err
    assert talked("history", "search", "role:robot").code == 2


def test_a_conversation_that_is_named_twice_is_one(talked: Shell) -> None:
    newest, older = ids(talked)
    assert talked("history", "delete", "last", newest, "last").err.count("Moved") == 1
    assert ids(talked) == [older]
    assert talked("history", "restore", newest, newest[:6]).err.count("Restored") == 1
    exported = talked("history", "export", "last", newest, "-f", "jsonl").out
    assert len(exported.splitlines()) == 1
    assert talked("history", "delete", newest, "no such thing").code == 11
    assert ids(talked) == [newest, older]
    talked("history", "delete", newest)
    purged = talked("history", "purge", newest, newest, "--yes")
    assert (purged.code, purged.err) == (0, "Permanently deleted 1 conversation\n")


def test_an_imported_id_in_capital_letters_can_be_typed(llmchat: Shell, tmp_path: Path) -> None:
    message = {"role": "user", "text": "why?", "created": 1.0}
    one = {"id": "ABC-Def", "created": 1.0, "messages": [message]}
    export = {"format": "llmchat-history", "version": 1, "conversations": [one]}
    (tmp_path / "one.json").write_text(json.dumps(export))
    assert llmchat("history", "import", str(tmp_path / "one.json")).code == 0
    assert llmchat("history", "show", "ABC").code == 0
    assert llmchat("history", "delete", "last").code == 0


@pytest.mark.parametrize("name", ["talk.pdf", "talk.DOCX", "talk.md.bak"])
def test_an_export_by_a_name_of_another_form_is_refused(
    talked: Shell, tmp_path: Path, name: str
) -> None:
    file = tmp_path / name
    refused = talked("history", "export", "-O", str(file))
    assert (refused.code, refused.out) == (2, "")
    assert ".md, .txt, .html, .json or .jsonl" in refused.err
    assert not file.exists()
    assert talked("history", "export", "-f", "html", "-O", str(file)).code == 0


@pytest.mark.parametrize("name", ["talk", "talk.txt", "talk-2026.05.01"])
def test_an_export_by_a_plain_name_is_markdown(talked: Shell, tmp_path: Path, name: str) -> None:
    assert talked("history", "export", "-O", str(tmp_path / name)).code == 0
    assert (tmp_path / name).read_text("utf-8").startswith("# sorting lists")


def test_rename_delete_restore_and_purge(talked: Shell) -> None:
    last, first = ids(talked)
    assert talked("history", "rename", "last", "a", "new name").code == 0
    assert "a new name" in talked("history", "list").out
    assert talked("history", "delete", last[:6]).code == 0
    assert ids(talked) == [first]
    assert last in talked("history", "list", "--trash").out
    assert talked("history", "restore", last).code == 0
    assert ids(talked) == [last, first]
    talked("history", "delete", last)
    assert talked("history", "purge", last).code == 2
    assert talked("history", "purge", last, stdin="n\n", keyboard=True, screen=True).code == 1
    assert talked("history", "purge", last, stdin="y\n", keyboard=True, screen=True).code == 0
    assert (
        talked("history", "purge", "--all", "--yes").err == "Permanently deleted 0 conversations\n"
    )
    assert talked("history", "restore", last).code == 11


def test_export_and_import_through_files(talked: Shell, tmp_path: Path) -> None:
    for name in ("all.json", "all.jsonl", "all.md", "all.html"):
        assert talked("history", "export", "--all", "-O", str(tmp_path / name)).code == 0
    before = talked("history", "list", "--json").out
    for conversation in ids(talked):
        talked("history", "delete", conversation)
    talked("history", "purge", "--all", "-y")
    assert "2 conversations (6 messages)" in talked("history", "import", "all.json").err
    assert "0 conversations (0 messages)" in talked("history", "import", "all.jsonl").err
    again = talked("history", "list", "--json").out
    assert [{**row, "n": 0, "leaf": 0} for row in json.loads(again)] == [
        {**row, "n": 0, "leaf": 0} for row in json.loads(before)
    ]
    assert (tmp_path / "all.html").read_text().startswith("<!doctype html>")
    assert talked("history", "import", "all.md").code == 2
    assert talked("history", "export", "--all", "-f", "pdf").code == 2
    assert not list(tmp_path.glob(".*.llmchat"))


def test_stats_are_numbers_for_people_and_programs(talked: Shell) -> None:
    assert json.loads(talked("history", "stats", "--json").out)["questions"] == 3
    assert "conversations  2" in talked("history", "stats").out


def test_code_prints_a_block_of_the_last_answer(talked: Shell) -> None:
    result = talked("code")
    assert result.out.startswith("def greet")
    assert talked("code", "last", "1").out == talked("history", "code").out == result.out
    assert talked("code", "last", "9").code == 11
    assert "python" in talked("code", "--list").out
    assert json.loads(talked("code", "--json").out)[0]["text"] == result.out


def test_foreign_text_reaches_no_terminal_as_control_sequences(llmchat: Shell) -> None:
    llmchat("ask", "-p", "demo", "red \x1b[31m title \x07")
    for argv in (["list"], ["search", "red"], ["show"], ["show", "--raw"], ["export"]):
        shown = llmchat("history", *argv, keyboard=True, screen=True).out
        assert "\x1b[31m" not in shown
        assert "\x07" not in shown


def test_a_damaged_history_is_told_and_read_out(talked: Shell, tmp_path: Path) -> None:
    file = tmp_path / "history.db"
    file.write_bytes(os.urandom(4096) + file.read_bytes()[4096:])
    for side in ("-wal", "-shm"):
        (tmp_path / f"history.db{side}").unlink(missing_ok=True)
    result = talked("history", "list")
    assert result.code == 0
    assert "sorting lists" in result.out
    assert "history.damaged-" in result.err
    assert "recovered 2 conversations" in result.err
    assert talked("history", "list").err == ""


def test_a_newer_history_is_read_only_and_says_so(talked: Shell, tmp_path: Path) -> None:
    made = sqlite3.connect(tmp_path / "history.db")
    made.execute("PRAGMA user_version = 99")
    made.close()
    assert talked("history", "list").code == 0
    result = talked("history", "delete", "last")
    assert result.code == 3
    assert "newer llmchat" in result.err
    asked = talked("ask", "-p", "demo", "still answers")
    assert asked.code == 0
    assert asked.out.startswith("You asked:")
    assert "not saved" in asked.err


def test_long_text_goes_through_the_pager_and_short_text_does_not(tmp_path: Path) -> None:
    main, terminal = pty.openpty()
    with os.fdopen(terminal, "w") as stream:
        environ = {**os.environ, "PAGER": f"tee {tmp_path / 'paged'}"}
        page("short", stream, height=10, environ=environ)
        assert not (tmp_path / "paged").exists()
        page("line\n" * 20, stream, height=10, environ=environ)
        page("again\n" * 20, stream, height=10, environ={**environ, "PAGER": "no-such-pager"})
    os.close(main)
    assert (tmp_path / "paged").read_text().count("line") == 20


def test_tags_are_given_listed_and_shown(talked: Shell) -> None:
    last, first = ids(talked)
    assert talked("history", "tag", "last", "work", "#Sorting").err == (
        f"{last} (sorting lists): work sorting\n"
    )
    assert talked("history", "tag", "last").out == "work\nsorting\n"
    assert talked("history", "list").out.count("#work #sorting") == 1
    listed = talked("history", "list", "--tag", "work", "--json").json
    assert [(row["id"], row["tags"]) for row in listed] == [(last, ["work", "sorting"])]
    assert ", #work #sorting\n" in talked("history", "show", "last").out
    assert talked("history", "show", "last", "--json").json["tags"] == ["work", "sorting"]
    assert talked("history", "tag", last, "-r", "work").err.endswith(": sorting\n")
    assert talked("history", "tag", last, "--", "-sorting").err.endswith(": no tags\n")
    none = talked("history", "list", "--tag", "work")
    assert (none.out, none.err) == ("", "there are no conversations with the tag 'work'\n")
    assert talked("history", "tag", first, "two words").code == 2
