"""Export and import: our own round trip, llm's logs.db, ChatGPT's conversations.json."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from llmchat.errors import UsageError
from llmchat.store.history.history import History
from llmchat.store.transfer.export import export, portable
from llmchat.store.transfer.importing import Imported, import_file

Keep = Callable[..., str]


@pytest.fixture
def other(tmp_path: Path) -> History:
    return History(tmp_path / "other" / "history.db")


def fill(history: History, keep: Keep) -> None:
    """Branches, a fork, an undone conversation, one in the trash, every script."""
    first = keep("Вопрос про Ёлку", "ответ 语言 <b>", provider="gigachat", model="GigaChat-2")
    row = history.find(first)
    keep("second question", "second answer", conversation=first, parent=row.leaf)
    keep("another first question", "a branch", conversation=first)
    history.fork(history.find(first))
    keep("undone")
    history.undo(history.find("last"))
    history.rename("last", "A name of its own")


def everything(history: History) -> list[dict[str, Any]]:
    rows = history.recent(limit=-1) + history.recent(limit=-1, trash=True)
    return [portable(history, row) for row in rows]


@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_what_is_exported_is_imported_equal(
    history: History, keep: Keep, other: History, tmp_path: Path, form: Any
) -> None:
    fill(history, keep)
    file = tmp_path / f"export.{form}"
    file.write_text("".join(export(history, history.recent(limit=-1), form=form)), "utf-8")
    added = import_file(other, file)
    assert (added.conversations, added.messages) == (3, 10)
    assert everything(other) == everything(history)
    assert [h.title for h in other.search("ёлку")] == [h.title for h in history.search("ёлку")]


def piped(history: History, content: bytes) -> Imported:
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as cat:
        assert cat.stdin
        cat.stdin.write(content)
        cat.stdin.close()
        return import_file(history, Path("stdin"), pipe=cat.stdout)


@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_an_export_comes_through_a_pipe(
    history: History, keep: Keep, other: History, form: Any
) -> None:
    fill(history, keep)
    text = "".join(export(history, history.recent(limit=-1), form=form))
    assert piped(other, text.encode()).messages == 10
    assert everything(other) == everything(history)


@pytest.mark.parametrize("head", [b"SQLite format 3\0", b"PK\3\4"])
def test_what_is_read_from_any_place_of_it_comes_through_no_pipe(
    other: History, head: bytes
) -> None:
    with pytest.raises(UsageError, match="cannot be read from a pipe"):
        piped(other, head + bytes(100))


def test_importing_twice_adds_nothing(
    history: History, keep: Keep, other: History, tmp_path: Path
) -> None:
    fill(history, keep)
    file = tmp_path / "export.json"
    file.write_text("".join(export(history, history.recent(), form="json")), "utf-8")
    import_file(other, file)
    before = everything(other)
    assert import_file(other, file) == ("llmchat", 0, 0)
    assert import_file(history, file) == ("llmchat", 0, 0)
    assert everything(other) == before


def test_a_conversation_that_went_on_brings_only_what_is_new(
    history: History, keep: Keep, other: History, tmp_path: Path
) -> None:
    conversation = keep("one", "1")
    file = tmp_path / "export.json"
    file.write_text("".join(export(history, history.recent(), form="json")), "utf-8")
    import_file(other, file)
    leaf = history.find(conversation).leaf
    keep("two", "2", conversation=conversation, parent=leaf)
    file.write_text("".join(export(history, history.recent(), form="json")), "utf-8")
    assert import_file(other, file) == ("llmchat", 0, 2)
    assert [m.text for m in other.branch(other.find("last"))] == ["one", "1", "two", "2"]


def portable_file(tmp_path: Path, *conversations: dict[str, Any]) -> Path:
    file = tmp_path / "some.json"
    whole = {"format": "llmchat-history", "version": 1, "conversations": conversations}
    file.write_text(json.dumps(whole))
    return file


def test_a_conversation_that_came_empty_is_described_by_what_comes_later(
    other: History, tmp_path: Path
) -> None:
    empty = {"id": "abc", "created": 1.0, "messages": []}
    import_file(other, portable_file(tmp_path, empty))
    said = {"title": "", "provider": "demo", "model": "m", "system": "be brief"}
    messages = [{"role": "user", "text": "Why bees?", "created": 2.0}]
    import_file(other, portable_file(tmp_path, {**empty, **said, "messages": messages}))
    row = other.find("why bees")
    assert (row.id, row.title, row.messages) == ("abc", "Why bees?", 1)
    assert (row.provider, row.model, row.system) == ("demo", "m", "be brief")
    messages += [{"role": "user", "text": "more", "created": 3.0}]
    changed = {**empty, **said, "title": "Other", "system": "other", "messages": messages}
    import_file(other, portable_file(tmp_path, changed))
    assert (other.find("abc").title, other.find("abc").system) == ("Why bees?", "be brief")


@pytest.mark.parametrize("name", ["last", "Last", "-x", "--", " spaced "])
def test_an_id_that_nobody_could_type_is_kept_as_another(
    other: History, tmp_path: Path, name: str
) -> None:
    message = {"role": "user", "text": "Why?", "created": 2.0}
    for _ in range(2):
        import_file(other, portable_file(tmp_path, {"id": name, "messages": [message]}))
    (row,) = other.recent()
    assert row.id.isalnum()
    assert other.find(row.id) == row


def test_a_history_file_of_another_computer_is_imported_as_it_is(
    history: History, keep: Keep, other: History, path: Path
) -> None:
    fill(history, keep)
    assert import_file(other, path).conversations == 3
    assert everything(other) == everything(history)


def test_old_conversations_that_come_later_are_not_the_newest_hits(
    history: History, keep: Keep, tmp_path: Path
) -> None:
    file = llm_database(tmp_path / "logs.db")
    keep("that was said here first")
    import_file(history, file)
    keep("that was said here last")
    assert [h.title for h in history.search("that") if h.role == "user"] == [
        "that was said here last",
        "that was said here first",
    ]
    assert history.search("that")[-1].title == "About lists"
    assert history.search("that", limit=1)[0].title == "that was said here last"


@pytest.mark.parametrize("older", [False, True])
def test_what_was_imported_and_purged_is_imported_again(
    history: History, keep: Keep, other: History, tmp_path: Path, older: bool
) -> None:
    """The ids of purged messages are given again, to what is newer than an import."""
    keep("one that was said there")
    keep("two that was said there")
    file = tmp_path / "export.json"
    file.write_text("".join(export(history, history.recent(limit=-1), form="json")), "utf-8")
    import_file(other, file)
    for row in other.recent(limit=-1):
        other.delete(row.id)
    other.purge_trash()
    if older:  # which kept the ids of the import
        other.store(lambda c: c.execute("INSERT INTO batch VALUES (1, 99)"))
    assert import_file(other, file).messages == 4
    assert everything(other) == everything(history)
    assert len(other.search("that")) == len(history.search("that"))
    with sqlite3.connect(other.path) as connection:
        assert connection.execute("SELECT first, last FROM batch").fetchall() == [(1, 4)]


def test_markdown_reads_as_a_conversation(history: History, keep: Keep) -> None:
    keep("What is it?", "It is **this**.", model="m-1")
    text = "".join(export(history, history.recent(), form="markdown"))
    assert "# What is it?\n" in text
    assert "## You\n\nWhat is it?\n" in text
    assert "## demo/m-1\n\nIt is **this**.\n" in text


def test_html_is_one_file_and_obeys_nothing_foreign(history: History, keep: Keep) -> None:
    evil = (
        "<script>alert(1)</script> ![x](http://tracker.example/x.png) [y](javascript:alert(1)) "
        "[good](https://example.org)"
    )
    keep("<img src=x onerror=alert(1)>", evil)
    text = "".join(export(history, history.recent(), form="html"))
    assert "<script" not in text
    assert "<img" not in text
    assert 'href="javascript' not in text
    assert 'href="https://example.org"' in text
    assert "default-src 'none'" in text
    assert text.startswith("<!doctype html>")
    assert text.endswith("</html>\n")


def llm_database(path: Path, *, old: bool = False) -> Path:
    """As `llm` writes it, with its fragments and attachments, or as its older versions did."""
    made = sqlite3.connect(path)
    more = "" if old else ", input_tokens INTEGER, output_tokens INTEGER, resolved_model TEXT"
    made.execute("CREATE TABLE conversations (id TEXT PRIMARY KEY, name TEXT, model TEXT)")
    made.execute(
        f"""CREATE TABLE responses (id TEXT PRIMARY KEY, model TEXT, prompt TEXT, system TEXT,
            prompt_json TEXT, options_json TEXT, response TEXT, response_json TEXT,
            conversation_id TEXT REFERENCES conversations(id), duration_ms INTEGER,
            datetime_utc TEXT{more})"""
    )
    made.execute("INSERT INTO conversations VALUES ('c1', 'About lists', 'gpt-4o')")
    rows = [
        (
            "01b",
            "gpt-4o-mini",
            "and then?",
            None,
            "this",
            "c1",
            500,
            "2025-03-01T10:05:00.25+00:00",
        ),
        ("01a", "gpt-4o", "what?", "Be short.", "that", "c1", 1500, "2025-03-01T10:00:00.5+00:00"),
        ("01c", "llama3", "alone", None, "yes", None, None, "2025-03-02T00:00:00"),
    ]
    for row in rows:
        made.execute(
            """INSERT INTO responses (id, model, prompt, system, response, conversation_id,
                duration_ms, datetime_utc) VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
            row,
        )
    if not old:
        made.execute("UPDATE responses SET input_tokens = 5, output_tokens = 6 WHERE id = '01a'")
        made.execute("CREATE TABLE fragments (id INTEGER PRIMARY KEY, content TEXT)")
        made.execute(
            'CREATE TABLE prompt_fragments (response_id TEXT, fragment_id INTEGER, "order" INTEGER)'
        )
        made.execute("INSERT INTO fragments VALUES (1, 'a long text')")
        made.execute("INSERT INTO prompt_fragments VALUES ('01c', 1, 0)")
    made.commit()
    made.close()
    return path


@pytest.mark.parametrize("old", [True, False])
def test_importing_llm_keeps_order_models_and_times(
    other: History, tmp_path: Path, old: bool
) -> None:
    file = llm_database(tmp_path / "logs.db", old=old)
    assert import_file(other, file) == ("llm", 2, 6)
    alone, row = other.recent()
    assert (row.title, row.system, row.source) == ("About lists", "Be short.", "llm:c1")
    messages = other.branch(row)
    assert [m.text for m in messages] == ["what?", "that", "and then?", "this"]
    assert [m.model for m in messages] == ["", "gpt-4o", "", "gpt-4o-mini"]
    assert [m.created for m in messages] == [1740823200.5] * 2 + [1740823500.25] * 2
    assert messages[1].total_ms == 1500
    assert messages[1].total_tokens == (None if old else 11)
    question = other.branch(alone)[0].text
    assert question == ("alone" if old else "a long text\nalone")
    assert import_file(other, file) == ("llm", 0, 0)


def newer_llm_database(path: Path) -> Path:
    """As `llm` 0.36 writes it: the old tables stay and are not written any more."""
    made = sqlite3.connect(llm_database(path))
    made.executescript(
        """
        CREATE TABLE threads (id TEXT, name TEXT, tip_message_hash TEXT, datetime_utc TEXT);
        CREATE TABLE turns (id TEXT, thread_id TEXT, tip_message_hash TEXT, model TEXT,
            resolved_model TEXT, input_tokens INTEGER, output_tokens INTEGER, duration_ms INTEGER,
            datetime_utc TEXT);
        CREATE TABLE messages (hash TEXT, parent_hash TEXT, role TEXT);
        CREATE TABLE parts (message_hash TEXT, position INTEGER, type TEXT, text TEXT,
            payload TEXT);
        CREATE TABLE attachments (id TEXT, type TEXT, path TEXT, url TEXT, content BLOB);
        INSERT INTO threads VALUES ('c1', 'About lists', 'a2', NULL);
        INSERT INTO turns VALUES
            ('01a', 'c1', 'a1', 'gpt-4o', NULL, 1, 2, 500, '2025-03-01T10:00:00+00:00'),
            ('01b', 'c1', 'a2', 'gpt-4o', 'gpt-4o-2025', 3, 4, 500, '2025-03-01T10:05:00+00:00'),
            ('01c', 'c1', 'a3', 'o3', NULL, 3, NULL, 500, '2025-03-01T10:06:00+00:00');
        INSERT INTO messages VALUES ('s', NULL, 'system'), ('u1', 's', 'user'),
            ('a1', 'u1', 'assistant'), ('t', 'a1', 'tool'), ('u2', 't', 'user'),
            ('a2', 'u2', 'assistant'), ('a3', 'u2', 'assistant');
        INSERT INTO parts VALUES ('s', 0, 'text', 'Be short.', NULL),
            ('u1', 0, 'text', NULL, '{"text_ref": [{"fragment": 1}, {"literal": " and?"}]}'),
            ('u1', 1, 'attachment', NULL, '{"attachment": {"id": "f1"}}'),
            ('a1', 0, 'reasoning', 'hm', NULL), ('a1', 1, 'text', 'that', NULL),
            ('t', 0, 'tool_result', NULL, '{"output": "x"}'),
            ('u2', 0, 'text', 'then?', NULL), ('a2', 0, 'text', 'this', NULL),
            ('a3', 0, 'text', 'or this', NULL);
        INSERT INTO attachments VALUES ('f1', 'image/png', '/tmp/cat.png', NULL, NULL);
        """
    )
    made.close()
    return path


def test_importing_a_newer_llm_follows_its_threads(other: History, tmp_path: Path) -> None:
    file = newer_llm_database(tmp_path / "logs.db")
    assert import_file(other, file) == ("llm", 2, 7)
    row = other.find("About")
    assert (row.system, row.source) == ("Be short.", "llm:c1")
    messages = other.branch(row)
    assert [m.text for m in messages] == ["a long text and?", "that", "then?", "this"]
    assert [m.model for m in messages] == ["", "gpt-4o", "", "gpt-4o-2025"]
    assert [m.created for m in messages] == [1740823200.0] * 2 + [1740823500.0] * 2
    assert (messages[1].reasoning, messages[1].total_tokens) == ("hm", 3)
    ends = [m for m in other.messages(row) if m.parent == messages[-1].parent]
    assert [m.text for m in ends] == ["this", "or this"]
    assert [a.name for a in other.attachments(messages[0].id)] == ["/tmp/cat.png"]
    assert import_file(other, file) == ("llm", 0, 0)


CHATGPT = [
    {
        "title": "Пирог",
        "create_time": 1700000000.0,
        "update_time": 1700000100.0,
        "conversation_id": "conv-1",
        "current_node": "a2",
        "mapping": {
            "root": {"id": "root", "message": None, "parent": None, "children": ["sys"]},
            "sys": {
                "message": {
                    "author": {"role": "system"},
                    "content": {"content_type": "text", "parts": [""]},
                    "metadata": {"is_visually_hidden_from_conversation": True},
                },
                "parent": "root",
                "children": ["u1"],
            },
            "u1": {
                "message": {
                    "author": {"role": "user"},
                    "create_time": 1700000001.0,
                    "content": {"content_type": "multimodal_text", "parts": [{}, "how?"]},
                },
                "parent": "sys",
                "children": ["a1", "a2"],
            },
            "a1": {
                "message": {
                    "author": {"role": "assistant"},
                    "create_time": 1700000002.0,
                    "status": "finished_successfully",
                    "content": {"content_type": "text", "parts": ["so"]},
                    "metadata": {"model_slug": "gpt-4"},
                },
                "parent": "u1",
                "children": [],
            },
            "a2": {
                "message": {
                    "author": {"role": "assistant"},
                    "create_time": 1700000050.0,
                    "status": "finished_successfully",
                    "content": {"content_type": "text", "parts": ["or so"]},
                    "metadata": {"model_slug": "gpt-4o"},
                },
                "parent": "u1",
                "children": [],
            },
        },
    }
]


@pytest.mark.parametrize("zipped", [False, True])
def test_importing_chatgpt_keeps_the_branches(other: History, tmp_path: Path, zipped: bool) -> None:
    file = tmp_path / "conversations.json"
    file.write_text(json.dumps(CHATGPT))
    if zipped:
        with zipfile.ZipFile(tmp_path / "export.zip", "w") as archive:
            archive.write(file, "conversations.json")
        file = tmp_path / "export.zip"
    assert import_file(other, file) == ("ChatGPT", 1, 3)
    row = other.find("last")
    assert (row.title, row.model, row.updated) == ("Пирог", "gpt-4o", 1700000100.0)
    assert [m.text for m in other.branch(row)] == ["[file]\nhow?", "or so"]
    assert [m.text for m in other.messages(row)] == ["[file]\nhow?", "so", "or so"]
    assert import_file(other, file) == ("ChatGPT", 0, 0)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "hello",
        "[1, 2]",
        '{"a": 1}',
        '{"format": "llmchat-history", "version": 99}',
        '{"messages',
    ],
)
def test_a_file_of_another_kind_is_refused_in_words(
    other: History, tmp_path: Path, content: str
) -> None:
    file = tmp_path / "file"
    file.write_text(content)
    if not content:
        assert import_file(other, file) == ("llmchat", 0, 0)
        return
    with pytest.raises(UsageError) as caught:
        import_file(other, file)
    assert caught.value.hint
    with pytest.raises(UsageError, match="cannot read"):
        import_file(other, tmp_path / "nowhere")


def test_a_database_of_another_kind_is_refused(other: History, tmp_path: Path) -> None:
    made = sqlite3.connect(tmp_path / "x.db")
    made.execute("CREATE TABLE x (y)")
    made.commit()
    with pytest.raises(UsageError, match="no llm responses"):
        import_file(other, tmp_path / "x.db")
