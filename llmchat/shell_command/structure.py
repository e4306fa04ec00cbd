"""Which commands a line is made of: pipelines of simple commands, and whether it is whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from llmchat.shell_command.dialects import Dialect
from llmchat.shell_command.tokens import LexedLine, Token, tokens

GOES_ON = ("|", "||", "&&", "|&")
BETWEEN = ("then", "else", "elif", "do", "in", "!", "and", "or", "not", "begin", "time")


@dataclass(slots=True)
class SimpleCommand:
    """A program with its words; `redirects` are an operator and what it leads to."""

    words: list[Token] = field(default_factory=list)
    redirects: list[tuple[Token, Token]] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not (self.words or self.redirects)


@dataclass(slots=True)
class Structure:
    """`open` says what is not closed at the end: then the next line belongs to it."""

    pipelines: list[list[SimpleCommand]]
    open: str = ""


def structure(text: str, dialect: Dialect) -> Structure:
    read = tokens(text, dialect)
    building = _Building(read, dialect)
    return Structure(building.pipelines(), read.open or building.open)


class _Building:
    """Puts the tokens of one text together."""

    def __init__(self, read: LexedLine, dialect: Dialect) -> None:
        self._read = read
        self._blocks = dialect.blocks
        self._waiting: list[str] = []  # words and signs that close what is open
        self._dangling = False  # an operator that something has to follow

    @property
    def open(self) -> str:
        if self._waiting:
            return f"a block that ends with {self._waiting[-1]}"
        return "a line" if self._dangling else ""

    def pipelines(self) -> list[list[SimpleCommand]]:
        found: list[list[SimpleCommand]] = [[SimpleCommand()]]
        items = iter(self._read.items)
        for token in items:
            if token.kind in ("comment", "heredoc"):
                continue
            if token.kind in ("operator", "newline"):
                self._break(token, found)
            elif token.kind == "redirect":
                self._redirect(token, items, found[-1][-1])
            else:
                self._dangling = False
                if not self._is_keyword(token, found[-1][-1]):
                    found[-1][-1].words.append(token)
        whole = ([c for c in pipeline if not c.is_empty] for pipeline in found)
        return [pipeline for pipeline in whole if pipeline]

    def _break(self, token: Token, found: list[list[SimpleCommand]]) -> None:
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

    def _redirect(self, token: Token, items: Iterator[Token], command: SimpleCommand) -> None:
        self._dangling = False
        target = next(items, None)
        if target is not None and target.kind == "word":
            command.redirects.append((token, target))

    def _is_keyword(self, token: Token, command: SimpleCommand) -> bool:
        """A word of the shell's own, where a command could begin."""
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
