"""Colours code line by line; a line's colours never depend on later lines.

The lexer continues where the last line left it. A comment or string that includes the line's end
may continue, so it is lexed again together with the next line, up to REREAD characters.

Why: docs/decisions/0025-colours-line-by-line.md.
"""

from __future__ import annotations

from typing import NamedTuple

from pygments.lexer import ExtendedRegexLexer, Lexer, LexerContext, RegexLexer
from pygments.lexers import get_lexer_by_name
from pygments.token import Comment, Generic, Keyword, Name, Number, Operator, String, _TokenType
from pygments.util import ClassNotFound

from llmchat.render.clean import clean
from llmchat.render.markdown.pieces import CODE, Span

REREAD = 4000
LONGEST = 1000  # characters of a line; the rest is not coloured

STYLES: dict[_TokenType, str] = {
    Comment: "code.comment",
    Keyword: "code.keyword",
    Keyword.Type: "code.builtin",
    Operator.Word: "code.keyword",
    String: "code.string",
    Number: "code.number",
    Name.Function: "code.name",
    Name.Class: "code.name",
    Name.Tag: "code.keyword",
    Name.Attribute: "code.name",
    Name.Builtin: "code.builtin",
    Name.Decorator: "code.decorator",
    Name.Exception: "code.builtin",
    Generic.Heading: "code.heading",
    Generic.Subheading: "code.heading",
    Generic.Inserted: "code.string",
    Generic.Deleted: "code.removed",
}
Piece = tuple[_TokenType, str]


class Reading(NamedTuple):
    pieces: list[Piece]
    stack_before_last: tuple[str, ...]
    stack: tuple[str, ...]
    last_is_whole: bool  # whether the last piece is everything that its rule matched


class Highlighter:
    """Colours whole lines in order; may be copied between them."""

    __slots__ = ("_lexer", "_stack", "_unsure")

    def __init__(self, lexer: Lexer | None) -> None:
        self._lexer = lexer
        self._stack: tuple[str, ...] = ("root",)
        self._unsure = ""  # text to lex again with the next line

    def copy(self) -> Highlighter:
        twin = Highlighter(self._lexer)
        twin._stack, twin._unsure = self._stack, self._unsure
        return twin

    def line(self, text: str) -> list[Span]:
        if self._lexer is None or len(text) > LONGEST:
            return [Span(clean(text), (CODE,))]
        read = self._unsure + text + "\n"
        try:
            pieces = self._pieces(self._lexer, read)
        except Exception:  # if a lexer fails, the answer continues without colours
            self._lexer = None
            return [Span(clean(text), (CODE,))]
        return self._spans(pieces, len(read) - len(text) - 1)

    def _spans(self, pieces: list[Piece], skipped: int) -> list[Span]:
        """The spans without the first characters, which were shown with the lines before."""
        spans: list[Span] = []
        for kind, value in pieces:
            shown, skipped = value[skipped:], max(0, skipped - len(value))
            shown = shown.replace("\n", "")
            if shown:
                spans.append(Span(clean(shown), _style(kind)))
        return spans

    def _pieces(self, lexer: Lexer, text: str) -> list[Piece]:
        if not isinstance(lexer, RegexLexer):
            return [(kind, value) for _, kind, value in lexer.get_tokens_unprocessed(text)]
        reading = self._open_comment(text) or self._read(text)
        kind, value = reading.pieces[-1] if reading.pieces else (Comment, "")
        goes_on = (kind in Comment or kind in String) and value.endswith("\n") and value.strip()
        if goes_on and reading.last_is_whole and len(value) < REREAD:
            self._unsure, self._stack = value, reading.stack_before_last
        else:
            self._unsure, self._stack = "", reading.stack
        return reading.pieces

    def _open_comment(self, text: str) -> Reading | None:
        """Lexes an unfinished comment by adding an end, because many lexers need one."""
        if text.rfind("/*") <= text.rfind("*/"):
            return None
        reading = self._read(text + "*/")
        kind, value = reading.pieces[-1]
        if kind not in Comment or not value.startswith("/*") or not value.endswith("*/"):
            return None
        pieces = [*reading.pieces[:-1], (kind, value[:-2])]
        return reading._replace(pieces=pieces)

    def _read(self, text: str) -> Reading:
        """Lexes the text like ExtendedRegexLexer, which alone reports where it stopped."""
        context = LexerContext(text, 0, [*self._stack], len(text))
        pieces: list[Piece] = []
        at, stack = 0, self._stack
        for _, kind, value in ExtendedRegexLexer.get_tokens_unprocessed(
            self._lexer, context=context
        ):
            if value:
                pieces.append((kind, value))
                at, stack = context.pos, tuple(context.stack)
        whole = bool(pieces) and text[at:] == pieces[-1][1]
        return Reading(pieces, stack, tuple(context.stack), last_is_whole=whole)


def _style(kind: _TokenType | None) -> tuple[str, ...]:
    while kind is not None:
        if kind in STYLES:
            return CODE, STYLES[kind]
        kind = kind.parent
    return (CODE,)


def highlighter(language: str) -> Highlighter:
    try:
        lexer = get_lexer_by_name(language) if language else None
    except ClassNotFound:
        lexer = None
    return Highlighter(lexer)
