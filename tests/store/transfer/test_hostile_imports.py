"""Files made to slow an import down, or to leave values that break the history permanently."""

from __future__ import annotations

import json
import os
import sqlite3
import zipfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmchat.errors import UsageError
from llmchat.store.database.database import Database
from llmchat.store.database.schema import APPLICATION_ID
from llmchat.store.history.history import History
from llmchat.store.history.merging.portable import Skipped, fitted
from llmchat.store.search.index import USUAL, add_many
from llmchat.store.search.search import search
from llmchat.store.transfer.databases import recognised
from llmchat.store.transfer.export import export
from llmchat.store.transfer.importing import import_file


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "data" / "history.db")


def document(*conversations: Any) -> str:
    return json.dumps({"format": "llmchat-history", "version": 1, "conversations": conversations})


def conversation(**values: Any) -> dict[str, Any]:
    message = {"id": 1, "parent": None, "role": "user", "created": 1.7e9, "text": "good"}
    whole = {"id": "abcdefgh12", "created": 1.7e9, "updated": 1.7e9, "messages": [message]}
    return whole | values


def readable(history: History) -> None:
    """Reads everything that any command reads."""
    rows = history.recent(limit=-1)
    for row in rows:
        history.branch(row)
    history.stats()
    history.search("good")
    for form in ("markdown", "html"):
        list(export(history, rows, form=form))
    json.loads("".join(export(history, rows, form="json")), parse_constant=pytest.fail)


@pytest.mark.parametrize(
    "text",
    [
        "hello",
        "[",
        "[1",
        "[{]",
        "[1, 2]",
        "[[]]",
        '{"a": 1}',
        '{"messages": []',
        '{"format": "llmchat-history"}',
        '{"format": "llmchat-history", "version": 99, "conversations": []}',
        '{"format": "llmchat-history", "version": "1", "conversations": []}',
        '{"format": "llmchat-history", "version": 1, "conversations": {}}',
        '{"format": "other", "version": 1, "conversations": []}',
        document(conversation())[:-9],
        document(conversation()) + "x",
        document(conversation(messages=7)),
        json.dumps(conversation()) + "\n{",
        "9" * 5000,
        '{"a": ' + "9" * 5000 + "}",
        "[" * 100_000,
        '{"a":' * 100_000,
        "\x00" * 1000,
        '[{"mapping": 7}]',
        "PK\x03\x04 but no archive",
        "SQLite format 3\x00" + "\x00" * 100,
        "a,b,c\n1,2,3\n",
    ],
)
def test_a_malformed_file_is_a_usage_error_and_adds_nothing(
    history: History, tmp_path: Path, text: str
) -> None:
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(UsageError):
        import_file(history, tmp_path / "x.json")
    assert history.recent() == []


@pytest.mark.parametrize(
    "poison",
    [
        {"created": 1e18},
        {"created": float("inf")},
        {"created": float("nan")},
        {"created": "soon"},
        {"created": True},
        {"text": None},
        {"text": ["x"]},
        {"role": 7},
    ],
)
def test_a_message_that_is_none_is_skipped_and_counted(
    history: History, tmp_path: Path, poison: dict[str, Any]
) -> None:
    bad = {"id": 2, "parent": 1, "role": "assistant", "created": 1.7e9, "text": "bad"} | poison
    whole = conversation()
    whole["messages"].append(bad)
    (tmp_path / "x.json").write_text(document(whole, 7))
    skipped = Skipped()
    assert import_file(history, tmp_path / "x.json", skipped=skipped)[1:] == (1, 1)
    assert (skipped.conversations, skipped.messages) == (1, 1)
    readable(history)


@pytest.mark.parametrize(
    "poison",
    [
        {"total_tokens": 2**63, "prompt_tokens": -1, "total_ms": 1e300, "first_token_ms": "x"},
        {"attempts": "not JSON", "memory": "not JSON"},
        {"attempts": [7, {"provider": 7, "ms": 2**70}], "memory": "[]"},
        {"model": "\ud800", "text": "\udfff", "provider": 7, "ended": 1e18},
        {"attachments": [7, {"name": "a", "size": 2**70, "sha256": None}, {"size": 1}]},
        {"id": 10**400, "parent": [1], "state": {}},
        {"data": {"a": float("nan")}, "tool_calls": [{"ms": float("inf")}], "keeps": 1e300},
    ],
)
def test_poisoned_values_are_left_out(
    history: History, tmp_path: Path, poison: dict[str, Any]
) -> None:
    message = {"id": 1, "parent": None, "role": "assistant", "created": 1.7e9, "text": "good"}
    (tmp_path / "x.json").write_text(document(conversation(messages=[message | poison], leaf=[])))
    assert import_file(history, tmp_path / "x.json")[1:] == (1, 1)
    readable(history)


def test_a_call_has_plain_values_only() -> None:
    """Newer Pythons read JSON ten times as deep as they can write what they read."""
    endless: list[Any] = []
    for _ in range(5000):
        endless = [endless]
    calls = [{"name": "look", "ms": 7, "id": None, "result": endless}]
    message = {"role": "assistant", "text": "good", "tool_calls": calls}
    found = fitted(conversation(messages=[message]), Skipped())
    assert found is not None
    assert found["messages"][0]["tool_calls"] == [{"name": "look", "ms": 7}]


@pytest.mark.parametrize("name", ["x" * 10**6, 10**400, [1, 2], "two\nlines", None])
def test_a_name_that_none_of_ours_could_have_is_the_same_each_time(
    history: History, tmp_path: Path, name: Any
) -> None:
    (tmp_path / "x.json").write_text(document(conversation(id=name)))
    assert import_file(history, tmp_path / "x.json").conversations == 1
    assert import_file(history, tmp_path / "x.json").conversations == 0
    assert len(history.recent()[0].id) <= 200


def test_chatgpt_nodes_in_a_circle_end(history: History, tmp_path: Path) -> None:
    def node(parent: Any, *children: Any) -> dict[str, Any]:
        content = {"content_type": "text", "parts": ["good"]}
        message = {"author": {"role": "user"}, "content": content, "create_time": 1.7e9}
        return {"message": message, "parent": parent, "children": children}

    mapping = {
        "a": node(None, "b", "b", "a", ["x"]),
        "b": node("a", "a", "b"),
        "c": node("d", "d"),
        "d": node("c", "c"),
        "e": 7,
        "f": {"message": {"author": 7, "content": [], "metadata": 1}, "children": 3},
    }
    (tmp_path / "x.json").write_text(json.dumps([{"mapping": mapping, "current_node": ["b"]}]))
    assert import_file(history, tmp_path / "x.json")[1:] == (1, 2)


LLM = """
CREATE TABLE conversations (id TEXT, name TEXT);
CREATE TABLE threads (id TEXT, name TEXT, tip_message_hash TEXT);
CREATE TABLE turns (id TEXT, thread_id TEXT, tip_message_hash TEXT, model TEXT,
    duration_ms, datetime_utc TEXT);
CREATE TABLE messages (hash TEXT, parent_hash TEXT, role TEXT);
CREATE TABLE parts (message_hash TEXT, position INTEGER, type TEXT, text TEXT, payload TEXT);
INSERT INTO threads VALUES ('t', 'x', 'a');
INSERT INTO turns VALUES ('1', 't', 'a', 'm', 'long', '2025-03-01T10:00:00');
INSERT INTO messages VALUES ('a', 'b', 'user'), ('b', 'a', 'assistant');
INSERT INTO parts VALUES ('a', 0, 'text', 'good', '{'), ('b', 0, 'text', 'good', '[1]');
"""
RESPONSES = "CREATE TABLE responses (id TEXT, conversation_id TEXT, prompt TEXT, datetime_utc TEXT)"
ENDLESS = "WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n)"


def database(path: Path, script: str) -> Path:
    made = sqlite3.connect(path)
    made.executescript(script)
    made.close()
    return path


def test_messages_of_llm_in_a_circle_end(history: History, tmp_path: Path) -> None:
    file = database(tmp_path / "logs.db", f"{RESPONSES};{LLM}")
    assert import_file(history, file) == ("llm", 1, 2)


def test_a_column_that_turns_of_llm_lack_is_not_looked_for(
    history: History, tmp_path: Path
) -> None:
    script = f"{RESPONSES};{LLM}; ALTER TABLE turns DROP COLUMN datetime_utc"
    assert import_file(history, database(tmp_path / "logs.db", script)) == ("llm", 1, 2)


def test_rows_that_only_a_damaged_index_of_llm_has_are_none(
    history: History, tmp_path: Path
) -> None:
    script = f"""{RESPONSES};
        CREATE TABLE more AS SELECT value AS id, value AS conversation_id FROM json_each('[1, 2]');
        CREATE INDEX some ON responses (id, conversation_id);
        CREATE INDEX others ON more (id, conversation_id);
        INSERT INTO responses VALUES (1, 1, 'good', '2025-03-01T10:00:00');
        PRAGMA writable_schema = ON;
        UPDATE sqlite_master SET name = 'x', sql = replace(sql, 'some', 'x'),
            rootpage = (SELECT rootpage FROM sqlite_master WHERE name = 'others')
            WHERE name = 'some';"""
    assert import_file(history, database(tmp_path / "logs.db", script)) == ("llm", 1, 2)


def other_history(folder: Path) -> Path:
    """Another person's history.db with one conversation."""
    other = History(folder / "other" / "history.db")
    (folder / "x.json").write_text(document(conversation()))
    import_file(other, folder / "x.json")
    other.close()
    return Path(other.path)


@pytest.mark.parametrize("name", [b"creat\xe4d", b"treated"])
def test_a_history_whose_columns_lost_their_names_is_imported(
    history: History, tmp_path: Path, name: bytes
) -> None:
    file = other_history(tmp_path)
    file.write_bytes(file.read_bytes().replace(b"created REAL", name + b" REAL"))
    assert import_file(history, file) == ("llmchat", 1, 1)


def test_json_that_a_damaged_file_holds_is_exported_as_none(
    history: History, tmp_path: Path
) -> None:
    (tmp_path / "x.json").write_text(document(conversation()))
    import_file(history, tmp_path / "x.json")
    database(Path(history.path), "UPDATE message SET attempts = '[{', data = '{]'")
    readable(history)


@pytest.mark.parametrize(
    "script",
    [
        f"CREATE VIEW responses AS {ENDLESS} SELECT id, id AS conversation_id FROM n;",
        f"{RESPONSES}; CREATE VIEW conversations AS {ENDLESS} SELECT id, id AS name FROM n;",
        f"PRAGMA application_id = {APPLICATION_ID};"
        f"CREATE VIEW conversation AS {ENDLESS} SELECT id AS n FROM n;",
        f"PRAGMA application_id = {APPLICATION_ID};"
        f"CREATE VIEW tool_call AS {ENDLESS} SELECT id AS message FROM n;",
        "CREATE TABLE responses (id TEXT, conversation_id TEXT AS (hex(zeroblob(900000000))));",
    ],
)
def test_an_endless_view_is_not_read(history: History, tmp_path: Path, script: str) -> None:
    with pytest.raises(UsageError):
        import_file(history, database(tmp_path / "x.db", script))


def test_a_time_that_is_none_skips_the_answer(history: History, tmp_path: Path) -> None:
    rows = "INSERT INTO responses VALUES ('1', 'c', 'good', 'never'), ('2', 'd', 'good', NULL)"
    file = database(tmp_path / "logs.db", f"{RESPONSES};{rows}")
    skipped = Skipped()
    assert import_file(history, file, skipped=skipped) == ("llm", 1, 2)
    assert skipped.total == 3


@pytest.mark.parametrize(
    ("script", "messages"),
    [
        (f"UPDATE message SET id = {2**62}; UPDATE conversation SET leaf = {2**62}", 1),
        ("UPDATE conversation SET updated = 'x'", 1),
        ("UPDATE message SET data = x'ff', text = 'good'", 1),
        ("UPDATE message SET created = 9e999; DELETE FROM conversation", 0),
        ("UPDATE message SET created = 'x'; DELETE FROM conversation", 0),
    ],
)
def test_numbers_that_are_none_or_far_apart_do_not_end_the_import_of_a_history(
    history: History, tmp_path: Path, script: str, messages: int
) -> None:
    file = other_history(tmp_path)
    database(file, script)
    if messages:
        assert import_file(history, file).messages == messages
    else:
        with pytest.raises(UsageError):
            import_file(history, file)
    readable(history)


@pytest.mark.parametrize("kind", ["pipe", "folder", "device", "socket"])
def test_what_is_no_file_is_refused_at_once(history: History, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "x"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "device":
        path = Path("/dev/zero")
    else:
        import socket

        socket.socket(socket.AF_UNIX).bind(str(path))
    with pytest.raises(UsageError, match="cannot read"):
        import_file(history, path)


def test_an_archive_that_unpacks_to_a_thousand_times_its_size(
    history: History, tmp_path: Path
) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("conversations.json", b" " * 100_000_000)
    with pytest.raises(UsageError, match="unpacks to far more"):
        import_file(history, tmp_path / "x.zip")


def test_a_damaged_archive_is_told(history: History, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("conversations.json", json.dumps([{"mapping": {}}] * 1000))
    content = bytearray((tmp_path / "x.zip").read_bytes())
    content[60:70] = b"\xff" * 10
    (tmp_path / "x.zip").write_bytes(content)
    with pytest.raises(UsageError):
        import_file(history, tmp_path / "x.zip")


def test_the_oldest_conversation_comes_first_whatever_the_order_of_the_file(
    history: History, tmp_path: Path
) -> None:
    rows = []
    for number in (3, 1, 2):
        message = {"role": "user", "created": number * 1e8, "text": f"good {number}"}
        rows.append(conversation(id=f"c{number}", updated=number * 1e8, messages=[message]))
    (tmp_path / "x.json").write_text(document(*rows))
    import_file(history, tmp_path / "x.json")
    assert [hit.title for hit in history.search("good", limit=2)] == ["good 3", "good 2"]


def test_the_index_is_as_it_was_after_an_import(history: History, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(document(conversation()))
    import_file(history, tmp_path / "x.json")
    kept = dict(sqlite3.connect(history.path).execute("SELECT k, v FROM words_config"))
    assert {name: kept[name] for name in USUAL} == USUAL


def test_the_index_is_as_it_was_after_each_part_of_an_import(tmp_path: Path) -> None:
    database = Database.open(str(tmp_path / "history.db"))
    add_many(database.connection, 1, ["good", "bad"])
    kept = dict(database.connection.execute("SELECT k, v FROM words_config"))
    assert {name: kept[name] for name in USUAL} == USUAL
    database.close()


def test_an_import_leaves_no_merging_to_the_next_question(history: History, tmp_path: Path) -> None:
    """Of sixteen segments FTS5 makes one, whoever waits; these words fill thirty."""
    many = [
        {"role": "user", "created": 1.7e9 + n, "text": " ".join(f"{n}x{m}" for m in range(10_000))}
        for n in range(100)
    ]
    (tmp_path / "x.json").write_text(document(conversation(messages=many)))
    import_file(history, tmp_path / "x.json")
    connection = sqlite3.connect(history.path)
    segments = connection.execute("SELECT count(DISTINCT segid) FROM words_idx").fetchone()[0]
    connection.close()
    assert segments < USUAL["crisismerge"]


def test_a_common_word_is_not_looked_up_in_all_of_an_import(
    history: History, tmp_path: Path
) -> None:
    message = {"role": "user", "text": "good"}
    many = [message | {"created": 1.7e9 + n} for n in range(3000)]
    (tmp_path / "x.json").write_text(document(conversation(messages=many)))
    import_file(history, tmp_path / "x.json")
    connection = Database.open(history.path).connection
    steps: list[int] = []
    connection.set_progress_handler(lambda: steps.append(1), 100)
    assert len(search(connection, "good", now=2e9, limit=5)) == 5
    connection.set_progress_handler(None, 100)
    connection.close()
    assert len(steps) < 50


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
NAMES = st.sampled_from(["id", "parent", "role", "created", "text", "ended", "attempts", "memory"])
MESSAGES = st.dictionaries(NAMES, VALUES | st.sampled_from(["user", 1.7e9, "good"]))
CONVERSATIONS = st.dictionaries(
    st.sampled_from(["id", "title", "created", "updated", "leaf", "source", "deleted"]), VALUES
)


@given(
    st.lists(st.tuples(CONVERSATIONS, st.lists(MESSAGES, max_size=3)), max_size=3), st.booleans()
)
@settings(max_examples=60, deadline=None)
def test_whatever_stands_in_an_export_the_history_stays_readable(
    tmp_path_factory: pytest.TempPathFactory, found: list[Any], as_lines: bool
) -> None:
    folder = tmp_path_factory.mktemp("fuzz")
    whole = [c | {"messages": m} for c, m in found]
    text = "\n".join(map(json.dumps, whole)) if as_lines else document(*whole)
    (folder / "x.json").write_text(text)
    history = History(folder / "history.db")
    try:
        import_file(history, folder / "x.json")
    except UsageError:
        assert history.recent() == []
    readable(history)
    history.close()


@given(st.binary(max_size=200) | st.text('[]{}:,"\\ \n01truefalsn', max_size=60).map(str.encode))
@settings(max_examples=100, deadline=None)
def test_any_bytes_are_an_import_or_a_usage_error(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    folder = tmp_path_factory.mktemp("fuzz")
    (folder / "x").write_bytes(content)
    history = History(folder / "history.db")
    with suppress(UsageError):
        assert import_file(history, folder / "x")[1] == 0
    assert history.recent() == []


@pytest.mark.parametrize("when", ["before it is opened", "before it is read"])
def test_a_database_that_vanishes_meanwhile_is_told_by_its_name(tmp_path: Path, when: str) -> None:
    path = tmp_path / "other.db"
    Database.open(str(path)).close()
    if when == "before it is read":
        _, found = recognised(path)
    path.unlink()
    with pytest.raises((UsageError, FileNotFoundError), match=r"other\.db"):
        list(found if when == "before it is read" else recognised(path)[1])


@pytest.mark.parametrize(
    ("start", "more"),
    [
        (b"", b"\0"),
        (b"", b"["),
        (b"", b"1"),
        (b"[", b"1"),
        (b'["', b"a"),
        (b"", b'{"a":'),
        (b'{"format":"llmchat-history","x":[', b"1,"),
    ],
)
def test_a_pipe_without_an_end_is_refused(history: History, start: bytes, more: bytes) -> None:
    ours, theirs = os.pipe()

    def write() -> None:
        with suppress(BrokenPipeError), open(theirs, "wb") as writer:
            writer.write(start)
            while True:
                writer.write(more * 10_000)

    with ThreadPoolExecutor(1) as other:
        other.submit(write)
        with open(ours, "rb") as pipe, pytest.raises(UsageError, match="unknown format"):
            import_file(history, Path("stdin"), pipe=pipe)
    assert history.recent() == []


def test_a_pipe_whose_writer_ends_in_the_middle_adds_nothing(history: History) -> None:
    ours, theirs = os.pipe()
    content = document(conversation(), conversation(id="bbbbbbbb22"))
    os.write(theirs, content[:-20].encode())
    os.close(theirs)
    with open(ours, "rb") as pipe, pytest.raises(UsageError, match="unknown format"):
        import_file(history, Path("stdin"), pipe=pipe)
    assert history.recent() == []
