"""Imports conversations from a file: our own export, another history.db, `llm`'s logs.db,
ChatGPT's conversations.json (also inside its zip).

Why: docs/decisions/0132-imports-are-read-twice.md.
"""

from __future__ import annotations

import zipfile
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from io import BufferedReader
from pathlib import Path
from typing import IO, Any, BinaryIO, NamedTuple

from llmchat.errors import UsageError
from llmchat.language import msg
from llmchat.store.history.history import History
from llmchat.store.history.merging.merge import chunks, merge_chunks
from llmchat.store.history.merging.portable import Portable, Skipped, fitted
from llmchat.store.search.index import searched
from llmchat.store.transfer import chatgpt
from llmchat.store.transfer.export import FORMAT, VERSION
from llmchat.store.transfer.json_stream import JsonStream, MalformedJson
from llmchat.store.transfer.prefetch import prefetched
from llmchat.store.transfer.spool import Spool
from llmchat.system.opening import is_folder, open_regular
from llmchat.system.waiting import Waited
from llmchat.values.progress import ShowWork, unseen

SQLITE = b"SQLite format 3\x00"
HINT = msg("import reads llmchat exports, llm's logs.db and ChatGPT's conversations.json")
PAGES = "conversations.json"
OF_DOCUMENT = ("format", "version", "conversations")
SMALL = 1 << 26  # bytes; a smaller archive member is never taken for a bomb
MOST_INFLATED = 100  # times the compressed size; texts reach 10, a zip bomb 1,000

Found = Generator[Any, None, None]


class Imported(NamedTuple):
    """What an import added; both numbers are 0 if everything existed already."""

    origin: str
    conversations: int
    messages: int


class Recognised(NamedTuple):
    """The program that wrote the file, and the raw conversations in it."""

    origin: str
    conversations: Found


def import_file(
    history: History,
    path: Path,
    *,
    pipe: IO[Any] | None = None,
    show_work: ShowWork = unseen,
    skipped: Skipped | None = None,
) -> Imported:
    """Imports everything in the file that the history does not have; nothing if the file is
    malformed. `skipped` counts what is not a conversation or a message. For a pipe, `path` is only
    its name."""
    skipped = skipped if skipped is not None else Skipped()
    folder = Path(history.path).parent
    with Spool(folder if is_folder(folder) else None) as spool:
        try:
            origin = _read(path, pipe, spool, skipped, show_work)
        except MalformedJson as error:
            raise _unknown(path, msg(", line {line}", line=error.line)) from error
        except (OSError, zipfile.BadZipFile, EOFError, NotImplementedError) as error:
            reason = getattr(error, "strerror", None) or error
            raise UsageError(
                msg("cannot read {path}: {reason}", path=path, reason=reason), hint=HINT
            ) from error
        if not spool and skipped.total:
            raise _unknown(path)
        with show_work(msg("importing {name}", name=path.name)) as work:
            work.expect(len(spool))
            prepared = prefetched(map(_with_words, chunks(work.track(spool))))
            with closing(prepared):
                return Imported(origin, *merge_chunks(history.store, prepared))


def _with_words(chunk: list[Portable]) -> list[Portable]:
    """Adds the words for the search index, which takes a third of the time."""
    for conversation in chunk:
        for message in conversation["messages"]:
            message["words"] = searched(message["row"]["text"])
    return chunk


def _read(
    path: Path, pipe: IO[Any] | None, spool: Spool, skipped: Skipped, show_work: ShowWork
) -> str:
    with show_work(msg("reading {name}", name=path.name)) as work, _opened(path, pipe) as file:
        source = _recognised(path, file)
        with closing(source.conversations):
            spool.fill(_fitted(work.track(source.conversations), skipped))
    return source.origin


def _opened(path: Path, pipe: IO[Any] | None) -> BufferedReader:
    if pipe is None:
        return open_regular(path)
    return BufferedReader(Waited(getattr(pipe, "buffer", pipe)))


def _fitted(found: Iterable[object], skipped: Skipped) -> Iterator[Portable]:
    return filter(None, (fitted(one, skipped) for one in found))


def _recognised(path: Path, file: BufferedReader) -> Recognised:
    head = file.peek(len(SQLITE))
    if not file.seekable() and head.startswith((SQLITE, b"PK")):
        raise UsageError(
            msg("{path}: a database or a zip cannot be read from a pipe", path=path),
            hint=msg("name the file: llmchat history import FILE"),
        )
    if head.startswith(SQLITE):
        from llmchat.store.transfer.databases import recognised  # only for databases

        return Recognised(*recognised(path))
    if head.startswith(b"PK"):
        if zipfile.is_zipfile(file):
            return Recognised("ChatGPT", _zipped(path, file))
        file.seek(0)  # it was moved by checking for an archive
    return _text(path, JsonStream(file))


def _zipped(path: Path, file: BinaryIO) -> Found:
    with zipfile.ZipFile(file) as archive:
        try:
            entry = archive.getinfo(PAGES)
        except KeyError:
            raise _unknown(path) from None
        if entry.flag_bits & 1:
            raise UsageError(
                msg("{path} is protected by a password", path=path),
                hint=msg("unpack {pages} from it", pages=PAGES),
            )
        if entry.file_size > SMALL and entry.file_size > MOST_INFLATED * entry.compress_size:
            raise UsageError(msg("{path} unpacks to far more than its size", path=path), hint=HINT)
        with archive.open(entry) as inner:
            yield from _chats(inner)


def _chats(inner: IO[bytes]) -> Found:
    import zlib  # which zipfile has loaded

    stream = JsonStream(inner)
    try:
        if stream.peek() != "[":
            raise MalformedJson(stream.line)
        yield from _whole(stream, chatgpt.conversations(stream.elements()))
    except zlib.error as error:
        raise zipfile.BadZipFile(str(error)) from error


def _text(path: Path, stream: JsonStream) -> Recognised:
    """Recognises the format by the first characters: a list, our own export, or one conversation
    per line."""
    first = stream.peek()
    if first == "[":
        return Recognised("ChatGPT", _whole(stream, chatgpt.conversations(stream.elements())))
    return Recognised("llmchat", _ours(path, stream))


def _whole(stream: JsonStream, found: Iterable[object]) -> Found:
    """Passes the conversations on, and raises an error if anything follows them."""
    yield from found
    if stream.peek():
        raise MalformedJson(stream.line)


def _ours(path: Path, stream: JsonStream) -> Found:
    while stream.peek():
        line = stream.line
        members: dict[str, Any] = {}
        for name in stream.names():
            stream.take(":")
            if name == "conversations" and "messages" not in members and stream.peek() == "[":
                yield from stream.elements()
                members[name] = True
                continue
            members[name] = stream.value()
        if members.keys() & set(OF_DOCUMENT) and "messages" not in members:
            _check_document(path, members, line)
        else:
            yield members


def _check_document(path: Path, members: dict[str, Any], line: int) -> None:
    version = members.get("version", 0)
    if members.get("format") != FORMAT or not isinstance(version, int):
        raise MalformedJson(line)
    if version > VERSION:
        raise UsageError(
            msg("{path} was written by a newer llmchat", path=path), hint=msg("upgrade llmchat")
        )
    if members.get("conversations") is not True:
        raise MalformedJson(line)


def _unknown(path: Path, where: str = "") -> UsageError:
    return UsageError(msg("{path}{where}: unknown format", path=path, where=where), hint=HINT)
