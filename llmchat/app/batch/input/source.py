"""The input of a batch: a file that can be read twice, its format, and its lines.

A line is never read further than the limit, so that memory does not grow with the file. Piped input
is first copied into an anonymous private file.
"""

from __future__ import annotations

import codecs
import json
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal

from llmchat.errors import StorageError, TooLong, UsageError
from llmchat.inputs.prompt import PIECE, STDIN, IsSecret, check_open
from llmchat.inputs.tokens import shown_size
from llmchat.language import msg
from llmchat.system.opening import ENDLESS, open_given, open_regular
from llmchat.system.waiting import pieces

if TYPE_CHECKING:
    from llmchat.world import World

Format = Literal["lines", "jsonl", "csv"]
FORMATS: tuple[Format, ...] = ("lines", "jsonl", "csv")
SUFFIXES: dict[str, Format] = {
    ".txt": "lines",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".tsv": "csv",
}
LONG_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)
ENCODING_HINT = msg("save it as UTF-8, or: iconv -f CP1251 -t UTF-8 FILE > NEW")


@dataclass(frozen=True, slots=True)
class BatchInput:
    """The input; `name` is used in messages, and a line may have up to `limit` bytes."""

    name: str
    file: IO[bytes]
    format: Format
    limit: int

    def lines(self) -> Iterator[tuple[int, str]]:
        """The number and the text of each line, from the beginning of the file."""
        self.file.seek(0)
        number = 0
        while raw := self.file.readline(self.limit + 1):
            number += 1
            if number == 1:
                self._check_marks(raw)
                raw = raw.removeprefix(codecs.BOM_UTF8)
            yield number, self._decoded(number, raw)

    def wrong(self, number: int, problem: str, hint: str) -> UsageError:
        return UsageError(
            msg("{where}: {problem}", where=self.where(number), problem=problem), hint=hint
        )

    def where(self, number: int) -> str:
        """The place of a line in messages: `cities.csv:7`."""
        return msg("{name}:{number}", name=self.name, number=number)

    def too_long(self, number: int, what: str) -> TooLong:
        most = shown_size(self.limit)
        problem = msg(
            "{where}: {what} is larger than {most}", where=self.where(number), what=what, most=most
        )
        return TooLong(problem, hint=msg("check the line endings, or raise --max-input"))

    def _check_marks(self, raw: bytes) -> None:
        if raw.startswith(LONG_MARKS):
            hint = msg("save it as UTF-8, or: iconv -f UTF-16 -t UTF-8 FILE > NEW")
            raise self.wrong(1, msg("the file is UTF-16 or UTF-32, not UTF-8"), hint)

    def _decoded(self, number: int, raw: bytes) -> str:
        if len(raw) > self.limit:
            raise self.too_long(number, msg("the line"))
        if b"\0" in raw:
            raise self.wrong(number, msg("a NUL byte, so this is not text"), msg("check the file"))
        try:
            return raw.decode()
        except UnicodeDecodeError:
            raise self.wrong(number, msg("the line is not UTF-8"), ENCODING_HINT) from None


def open_source(
    name: str, world: World, *, format: str, limit: int, is_secret: IsSecret
) -> BatchInput:
    """Opens the file, or a copy of piped input; the caller closes it."""
    if name == STDIN:
        file, shown = _spooled(getattr(world.stdin, "buffer", None) or world.stdin), "stdin"
    else:
        file, shown = _opened(world.cwd / name, name, is_secret), Path(name).name
    try:
        return BatchInput(shown, file, _format(name, format, file), limit)
    except BaseException:
        file.close()
        raise


def _opened(path: Path, name: str, is_secret: IsSecret) -> IO[bytes]:
    check_open(path, name, is_secret)
    try:
        file = open_regular(path) if str(path) in ENDLESS else open_given(path)
        if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            return file
        with file:
            return _spooled(file)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or msg("cannot be read")
        raise UsageError(
            msg("{name}: {reason}", name=name, reason=reason), hint=msg("check the path")
        ) from error


def _spooled(stream: Any) -> IO[bytes]:
    """Copies a pipe into a private temporary file, which vanishes with the process."""
    if stream is None or stream.closed:
        raise UsageError(msg("stdin is closed"), hint=msg("llmchat batch FILE"))
    copy = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    try:
        with closing(pieces(stream, PIECE)) as coming:
            for piece in coming:
                content = piece.encode("utf-8", "replace") if isinstance(piece, str) else piece
                copy.write(content)
                if b"\0" in content:  # binary, perhaps without an end: its row is refused
                    break
        copy.flush()
    except OSError as error:
        copy.close()
        reason = error.strerror or msg("cannot be read")
        hint = msg("free some disk space, or set TMPDIR to another folder")
        raise StorageError(msg("cannot copy stdin: {reason}", reason=reason), hint=hint) from error
    except BaseException:
        copy.close()
        raise
    return copy


def _format(name: str, given: str, file: IO[bytes]) -> Format:
    """The format that was named, or that of the suffix, or that of the first line."""
    for known in FORMATS:
        if given == known:
            return known
    if given:
        raise UsageError(
            msg("unknown format {given!r}", given=given), hint=msg("--format lines, jsonl or csv")
        )
    by_suffix = SUFFIXES.get(Path(name).suffix.lower())
    return by_suffix or ("jsonl" if _begins_with_object(file) else "lines")


def _begins_with_object(file: IO[bytes]) -> bool:
    file.seek(0)
    first = file.readline(PIECE).removeprefix(codecs.BOM_UTF8)
    if not first.lstrip().startswith(b"{"):
        return False
    try:
        return isinstance(json.loads(first), dict)
    except (ValueError, RecursionError):
        return False
