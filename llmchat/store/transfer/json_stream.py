"""Reads large JSON incrementally: the elements of a list, the members of an object, or a sequence
of values, with one value in memory at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import TextIOWrapper
from typing import IO, Any

from llmchat.language import msg

CHUNK = 1 << 20  # characters
LARGEST_VALUE = 1 << 26  # characters of one conversation; a longer value means another kind of file
MOST_VALUES = 4_000_000  # in one conversation: `[{},{},...]` takes 24 times its size in memory
_SPACE = " \t\r\n"
_DECODER = json.JSONDecoder()


class MalformedJson(ValueError):
    """The text is not valid JSON; `line` is where the value began."""

    def __init__(self, line: int) -> None:
        super().__init__(msg("line {line}", line=line))
        self.line = line


class JsonStream:
    """A text that is read as values are taken from it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._text = TextIOWrapper(file, "utf-8-sig", errors="replace", newline="\n")
        self._buffer = ""
        self._at = 0
        self._lines = 1  # lines before the buffer
        self._ended = False

    @property
    def line(self) -> int:
        return self._lines + self._buffer.count("\n", 0, self._at)

    def peek(self) -> str:
        """The next character that is not a space; "" at the end."""
        while True:
            while self._at < len(self._buffer):
                if self._buffer[self._at] not in _SPACE:
                    return self._buffer[self._at]
                self._at += 1
            if not self._more():
                return ""

    def take(self, *wanted: str) -> str:
        """Takes the next punctuation mark, which must be one of `wanted`."""
        mark = self.peek()
        if mark not in wanted or not mark:
            raise MalformedJson(self.line)
        self._at += 1
        return mark

    def value(self) -> Any:
        """Takes the next value; if the buffer cuts it, reads more and tries again."""
        self.peek()
        while True:
            try:
                self._weigh()
                found, end = _DECODER.raw_decode(self._buffer, self._at)
            except RecursionError:
                raise MalformedJson(self.line) from None
            except ValueError:
                if self._more():
                    continue
                raise MalformedJson(self.line) from None
            if end < len(self._buffer) or not self._more():
                self._at = end
                return found
            # a number at the end of the buffer may be incomplete: 12, 123

    def elements(self) -> Iterator[Any]:
        """The elements of a list."""
        self.take("[")
        if self.peek() == "]":
            self.take("]")
            return
        yield self.value()
        while self.take(",", "]") == ",":
            yield self.value()

    def names(self) -> Iterator[str]:
        """The names in an object; the caller takes the value after each."""
        self.take("{")
        if self.peek() == "}":
            self.take("}")
            return
        while True:
            if self.peek() != '"':
                raise MalformedJson(self.line)
            yield str(self.value())
            if self.take(",", "}") == "}":
                return

    def _weigh(self) -> None:
        if len(self._buffer) > 2 * CHUNK:
            marks = sum(self._buffer.count(mark, self._at) for mark in ",[{")
            if marks > MOST_VALUES:
                raise MalformedJson(self.line)

    def _more(self) -> bool:
        """Doubles the buffer; False at the end or beyond the limit."""
        held = len(self._buffer) - self._at
        if self._ended or held > LARGEST_VALUE:
            return False
        self._lines += self._buffer.count("\n", 0, self._at)
        new = self._text.read(max(CHUNK, held))
        self._buffer, self._at = self._buffer[self._at :] + new, 0
        self._ended = not new
        return bool(new)
