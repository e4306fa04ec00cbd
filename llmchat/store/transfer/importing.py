"""Imports conversations from a file: our own export, another history.db, `llm`'s logs.db,
ChatGPT's conversations.json (also inside its zip)."""

from __future__ import annotations

import json
import sqlite3
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from llmchat.errors import StorageError, UsageError
from llmchat.store.database.database import DAMAGED, fault
from llmchat.store.database.schema import APPLICATION_ID
from llmchat.store.history.history import History
from llmchat.store.history.merge import Portable, merge_conversations
from llmchat.store.history.repair.salvage import read_damaged
from llmchat.store.transfer import chatgpt, llm
from llmchat.store.transfer.export import FORMAT, VERSION
from llmchat.work import UNSEEN, Work

SQLITE = b"SQLite format 3\x00"
HINT = "import reads llmchat exports, llm's logs.db and ChatGPT's conversations.json"


class Imported(NamedTuple):
    """What an import added; both are 0 when everything was there already."""

    origin: str
    conversations: int
    messages: int


def import_file(history: History, path: Path, *, work: Work = UNSEEN) -> Imported:
    """Everything in the file that the history does not hold yet."""
    try:
        origin, found = _recognised(path, work)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}", hint=HINT) from error
    if isinstance(found, list):
        work.expect(len(found))
    return Imported(origin, *merge_conversations(history.store, work.track(found)))


def _recognised(path: Path, work: Work) -> tuple[str, Iterable[Portable]]:
    """Who wrote the file, and its conversations, the oldest first."""
    with path.open("rb") as file:
        head = file.read(len(SQLITE))
    if head == SQLITE:
        return _database(path, work)
    if zipfile.is_zipfile(path):
        return "ChatGPT", _sorted(chatgpt.conversations(_zipped(path)))
    origin, found = _text(path)
    return origin, _sorted(found)


def _sorted(found: Iterable[Portable]) -> list[Portable]:
    return sorted(found, key=lambda conversation: float(conversation["updated"]))


def _database(path: Path, work: Work) -> tuple[str, Iterable[Portable]]:
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    try:
        if connection.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID:
            return "llmchat", read_damaged(str(path), work=work)
        return "llm", _sorted(llm.conversations(connection))
    except sqlite3.DatabaseError as error:
        if fault(error) == DAMAGED:
            return "llmchat", read_damaged(str(path), work=work)
        raise StorageError(f"cannot read {path}: {error}", hint=HINT) from error
    finally:
        connection.close()


def _zipped(path: Path) -> Any:
    try:
        with zipfile.ZipFile(path) as archive:
            return json.loads(archive.read("conversations.json"))
    except (KeyError, ValueError, zipfile.BadZipFile) as error:
        raise _unknown(path) from error


def _text(path: Path) -> tuple[str, list[Portable]]:
    text = path.read_text("utf-8-sig", errors="replace")
    try:
        document = json.loads(text)
    except ValueError:
        return "llmchat", list(_lines(path, text))
    if isinstance(document, list):
        return "ChatGPT", list(chatgpt.conversations(document))
    if isinstance(document, dict) and document.get("format") == FORMAT:
        return "llmchat", _ours(path, document)
    if isinstance(document, dict) and "messages" in document:  # a JSONL of one line
        return "llmchat", list(_lines(path, text))
    raise _unknown(path)


def _ours(path: Path, document: dict[str, Any]) -> list[Portable]:
    if document.get("version", 0) > VERSION:
        raise UsageError(f"{path} was written by a newer llmchat", hint="upgrade llmchat")
    return list(document["conversations"])


def _lines(path: Path, text: str) -> Iterator[Portable]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            conversation = json.loads(line)
            yield {**conversation, "messages": conversation["messages"]}
        except (ValueError, KeyError, TypeError) as error:
            raise _unknown(path, f", line {number}") from error


def _unknown(path: Path, where: str = "") -> UsageError:
    return UsageError(f"{path}{where}: unknown format", hint=HINT)
