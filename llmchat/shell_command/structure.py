"""Parses a line into pipelines of simple commands, and checks whether it is complete."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from llmchat.shell_command.dialects import Dialect
from llmchat.shell_command.lexer import Token, TokenReading

GOES_ON = ("|", "||", "&&", "|&")
BETWEEN = ("then", "else", "elif", "do", "in", "!", "and", "or", "not", "begin", "time")


@dataclass(slots=True)
class SimpleCommand:
    """A program with its arguments; `redirects` are operators with their targets."""

    words: list[Token] = field(default_factory=list)
    redirects: list[tuple[Token, Token]] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not (self.words or self.redirects)


@dataclass(slots=True)
class Structure:
    """`open` says what is not closed at the end, so that the next line belongs to it."""

    pipelines: list[list[SimpleCommand]]
    open: str = ""


def structure(text: str, dialect: Dialect) -> Structure:
    reading, building = TokenReading(text, dialect), _Building(dialect)
    for token in reading.read():
        building.take(token)
    return Structure(building.pipelines, reading.open or building.open)


def whole_lines(text: str, dialect: Dialect) -> Iterator[int]:
    """The ends of complete lines, and the end of the text, found in one pass."""
    reading, building = TokenReading(text, dialect), _Building(dialect)
    last = -1
    for token in reading.read():
        building.take(token)
        end = None if building.open else reading.line_end
        if end is not None and last < end < len(text):
            yield (last := end)
    yield len(text)


class _Building:
    """Builds the structure from the tokens of one text."""

    def __init__(self, dialect: Dialect) -> None:
        self._found = [[SimpleCommand()]]
        self._blocks = dialect.blocks
        self._waiting: list[str] = []  # words and characters that close what is open
        self._dangling = False  # whether an operator needs something after it
        self._leading: Token | None = None  # a redirection without its target

    @property
    def open(self) -> str:
        if self._waiting:
            return f"a block that ends with {self._waiting[-1]}"
        return "a line" if self._dangling else ""

    @property
    def pipelines(self) -> list[list[SimpleCommand]]:
        whole = ([c for c in pipeline if not c.is_empty] for pipeline in self._found)
        return [pipeline for pipeline in whole if pipeline]

    def take(self, token: Token) -> None:
        command = self._found[-1][-1]
        sign, self._leading = self._leading, None
        if sign is not None and token.kind != "newline":
            if token.kind == "word":
                command.redirects.append((sign, token))
        elif token.kind in ("operator", "newline"):
            self._break(token)
        elif token.kind == "redirect":
            self._dangling, self._leading = False, token
        elif token.kind == "word":
            self._dangling = False
            if token.text == "{" and command.words and command.words[0].text == "function":
                self._waiting.append("}")
                self._found.append([SimpleCommand()])
            elif not self._is_keyword(token, command):
                command.words.append(token)

    def _break(self, token: Token) -> None:
        found = self._found
        if token.kind == "newline":
            if not self._dangling:
                found.append([SimpleCommand()])
            return
        self._dangling = token.text in GOES_ON
        if token.text in ("(", "{"):
            self._waiting.append({"(": ")", "{": "}"}[token.text])
        elif token.text in (")", "}"):
            self._close(token.text)
        if token.text in ("|", "|&"):
            found[-1].append(SimpleCommand())
        else:
            found.append([SimpleCommand()])

    def _is_keyword(self, token: Token, command: SimpleCommand) -> bool:
        """Whether the word is a keyword of the shell, at a place where a command could begin."""
        if command.words:
            return False
        if token.text in self._blocks:
            self._waiting.append(self._blocks[token.text])
            return token.text in ("if", "while", "until", "{", "begin")
        if self._waiting and token.text == self._waiting[-1]:
            self._waiting.pop()
            return True
        return token.text in BETWEEN

    def _close(self, sign: str) -> None:
        if self._waiting and self._waiting[-1] == sign:
            self._waiting.pop()
