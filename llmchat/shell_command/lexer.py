"""Splits a command line into words, operators and redirections, with the place of each.

It is not a shell: it knows where a word begins and ends, what it is without quotes, and whether
anything is still open at the end. Whatever it does not understand is a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from llmchat.shell_command.dialects import Dialect

OPERATOR = re.compile(r"&&|\|\||;;|\|&|[;|&()]")
REDIRECT = re.compile(r"(?:\d*|\{\w+\})(?:&>>|&>|>>|>\||>&|<<<|<<-|<<|<>|<&|>|<)(?!\()")
SUBSTITUTION = re.compile(r"\$\(|[<>]\(|`")
Kind = Literal["word", "operator", "redirect", "newline", "comment", "heredoc"]


@dataclass(frozen=True, slots=True)
class Token:
    """`text` is a word without its quotes, `inner` the places of commands in it."""

    kind: Kind
    text: str
    start: int
    end: int
    inner: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class LexedLine:
    """`open` says that a quote, a parenthesis, a line or a here-document is not closed."""

    items: tuple[Token, ...]
    open: str = ""


def tokens(text: str, dialect: Dialect) -> LexedLine:
    reading = TokenReading(text, dialect)
    found = tuple(reading.read())
    return LexedLine(found, reading.open)


class TokenReading:
    """One pass over the text, as far as it is needed."""

    def __init__(self, text: str, dialect: Dialect) -> None:
        self._text = text
        self._dialect = dialect
        self._delimiters: list[str] = []  # of here-documents that begin on the next line
        self.found: list[Token] = []
        self.open = ""

    def read(self) -> Iterator[Token]:
        at = given = 0
        while at < len(self._text):
            at = self._next(at)
            yield from self.found[given:]
            given = len(self.found)
        if self._delimiters:
            self.open = self.open or "a here-document"

    @property
    def line_end(self) -> int | None:
        """The end of the line that was just read, if nothing in it continues on the next."""
        last = self.found[-1]
        if last.kind not in ("newline", "heredoc") or self._delimiters or self.open:
            return None
        return last.start if last.kind == "newline" else last.end - last.text.endswith("\n")

    def _next(self, at: int) -> int:
        text, char = self._text, self._text[at]
        if char == "\n":
            self._add("newline", at, at + 1)
            return self._heredocs(at + 1)
        if char.isspace():
            return at + 1
        if text.startswith(self._dialect.escape + "\n", at):
            self.open = "" if text[at + 2 :].strip() else "a line"
            return at + 2
        if char == "#" and self._dialect.comments:
            end = text.find("\n", at)
            end = len(text) if end < 0 else end
            self._add("comment", at, end)
            return end
        return self._operator(at) or self._word(at)

    def _operator(self, at: int) -> int:
        text = self._text
        if not SUBSTITUTION.match(text, at) and (found := REDIRECT.match(text, at)):
            self._add("redirect", at, found.end())
            return found.end()
        if found := OPERATOR.match(text, at):
            self._add("operator", at, found.end())
            return found.end()
        if self._dialect.braces and text[at] in "{}":
            self._add("operator", at, at + 1)
            return at + 1
        return 0

    def _word(self, at: int) -> int:
        start, said = at, ""
        inner: list[tuple[int, int]] = []
        text, dialect = self._text, self._dialect
        while at < len(text):
            char = text[at]
            if char == dialect.escape and char != "`" and at + 1 == len(text):
                self.open = "a line"
                at += 1
            elif char == dialect.escape and at + 1 < len(text):
                said += "" if text[at + 1] == "\n" else text[at + 1]
                at += 2
            elif char in dialect.quotes:
                end, more = self._quoted(at)
                said += more[0]
                inner += more[1]
                at = end
            elif found := self._substitution(at):
                inner.append((found[0], found[1]))
                said += text[at : found[2]]
                at = found[2]
            elif char.isspace() or self._ends_word(at, start):
                break
            else:
                said += char
                at += 1
        self._add("word", start, at, said, tuple(inner))
        self._expect_heredoc(said)
        return at

    def _ends_word(self, at: int, start: int) -> bool:
        if self._dialect.braces and self._text[at] in "{}":
            return True
        if OPERATOR.match(self._text, at):
            return True
        return at > start and self._text[at] in "<>"

    def _quoted(self, at: int) -> tuple[int, tuple[str, list[tuple[int, int]]]]:
        """The end of a quoted text, its content, and the commands in it."""
        quote, text, dialect = self._text[at], self._text, self._dialect
        escapes = quote == '"' or dialect.escapes_in_single or text[at - 1 : at] == "$"
        said, at = "", at + 1
        inner: list[tuple[int, int]] = []
        while at < len(text):
            char = text[at]
            if char == quote:
                return at + 1, (said, inner)
            if escapes and char == dialect.escape and at + 1 < len(text):
                said += text[at + 1]
                at += 2
            elif quote == '"' and (found := self._substitution(at)) and char not in "<>":
                inner.append((found[0], found[1]))
                said += text[at : found[2]]
                at = found[2]
            else:
                said += char
                at += 1
        self.open = self.open or "a quote"
        return at, (said, inner)

    def _substitution(self, at: int) -> tuple[int, int, int] | None:
        """The begin and end of a command substitution in a word, and where the word continues."""
        text = self._text
        found = SUBSTITUTION.match(text, at)
        if not found or (found[0] == "`" and self._dialect.escape == "`"):
            return None
        if found[0] == "`":
            end = text.find("`", at + 1)
            if end < 0:
                self.open = self.open or "a backtick"
                return at + 1, len(text), len(text)
            return at + 1, end, end + 1
        end = self._closing(found.end())
        return found.end(), end, min(len(text), end + 1)

    def _closing(self, at: int) -> int:
        """The parenthesis that closes the one before `at`."""
        depth, text = 1, self._text
        while at < len(text):
            char = text[at]
            if char == self._dialect.escape:
                at += 2
            elif char in self._dialect.quotes:
                at = self._quoted(at)[0]
            else:
                depth += (char == "(") - (char == ")")
                if not depth:
                    return at
                at += 1
        self.open = self.open or "a parenthesis"
        return len(text)

    def _expect_heredoc(self, word: str) -> None:
        before = self.found[-2].text if len(self.found) > 1 else ""
        heredoc = before.lstrip("0123456789") in ("<<", "<<-")
        if self._dialect.heredocs and heredoc and self.found[-2].kind == "redirect":
            self._delimiters.append(word)

    def _heredocs(self, at: int) -> int:
        """The end of the here-documents that the line before began."""
        while self._delimiters:
            start, closed = at, False
            while at < len(self._text) and not closed:
                end = self._text.find("\n", at)
                end = len(self._text) if end < 0 else end
                closed = self._text[at:end].lstrip("\t") == self._delimiters[0]
                at = min(len(self._text), end + 1)
            self._add("heredoc", start, at)
            if not closed:
                return at
            self._delimiters.pop(0)
        return at

    def _add(
        self,
        kind: Kind,
        start: int,
        end: int,
        said: str | None = None,
        inner: tuple[tuple[int, int], ...] = (),
    ) -> None:
        said = self._text[start:end] if said is None else said
        self.found.append(Token(kind, said, start, end, inner))
