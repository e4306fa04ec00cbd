"""Code coloured line by line: a line's colours never depend on the lines after it.

The lexer goes on where the last line left it. A comment or string that swallowed the line's end may
reach further than the line shows, so it is read again together with the next line, up to REREAD
characters.
"""

from __future__ import annotations

from collections.abc import Iterator

from pygments.lexer import ExtendedRegexLexer, Lexer, LexerContext, RegexLexer
from pygments.lexers import get_lexer_by_name
from pygments.token import Comment, Generic, Keyword, Name, Number, Operator, String, _TokenType
from pygments.util import ClassNotFound

from llmchat.render.inline import Span
from llmchat.render.look import Look

REREAD = 4000
LONGEST = 1000  # of a line; what comes after it is not coloured

STYLES: dict[_TokenType, str] = {
    Comment: "comment",
    Keyword: "keyword",
    Keyword.Type: "builtin",
    Operator.Word: "keyword",
    String: "string",
    Number: "number",
    Name.Function: "name",
    Name.Class: "name",
    Name.Tag: "keyword",
    Name.Attribute: "name",
    Name.Builtin: "builtin",
    Name.Decorator: "decorator",
    Name.Exception: "builtin",
    Generic.Heading: "heading",
    Generic.Subheading: "heading",
    Generic.Inserted: "string",
    Generic.Deleted: "removed",
}
Piece = tuple[_TokenType, str]


class Highlighter:
    """Takes whole lines in order; may be copied between them."""

    __slots__ = ("_lexer", "_look", "_stack", "_unsure")

    def __init__(self, lexer: Lexer | None, look: Look) -> None:
        self._lexer = lexer
        self._look = look
        self._stack = ("root",)
        self._unsure = ""  # what is read again with the next line

    def copy(self) -> Highlighter:
        twin = Highlighter(self._lexer, self._look)
        twin._stack, twin._unsure = self._stack, self._unsure
        return twin

    def line(self, text: str) -> list[Span]:
        if self._lexer is None or len(text) > LONGEST:
            return [Span("", self._look.show(text))]
        read = self._unsure + text + "\n"
        pieces = self._pieces(read) if isinstance(self._lexer, RegexLexer) else self._plain(read)
        skipped, spans = len(read) - len(text) - 1, []
        for kind, value in pieces:
            shown, skipped = value[skipped:], max(0, skipped - len(value))
            shown = shown.replace("\n", "")
            if shown:
                spans.append(Span(self._style(kind), self._look.show(shown)))
        return spans

    def _plain(self, text: str) -> list[Piece]:
        assert self._lexer is not None
        return [(kind, value) for _, kind, value in self._lexer.get_tokens_unprocessed(text)]

    def _pieces(self, text: str) -> list[Piece]:
        context = LexerContext(text, 0, [*self._stack], len(text))
        pieces: list[Piece] = []
        at, stack = 0, self._stack
        for kind, value in self._tokens(context):
            if value:
                pieces.append((kind, value))
                at, stack = context.pos, tuple(context.stack)
        last, value = pieces[-1] if pieces else (Comment, "")
        goes_on = (last in Comment or last in String) and value.endswith("\n") and value.strip()
        if goes_on and text[at:] == value and len(value) < REREAD:
            self._unsure, self._stack = value, stack
        else:
            self._unsure, self._stack = "", tuple(context.stack)
        return pieces

    def _tokens(self, context: LexerContext) -> Iterator[Piece]:
        """ExtendedRegexLexer's loop, as it alone tells where it stopped."""
        tokens = ExtendedRegexLexer.get_tokens_unprocessed(self._lexer, context=context)
        for _, kind, value in tokens:
            yield kind, value

    def _style(self, kind: _TokenType | None) -> str:
        while kind is not None:
            if kind in STYLES:
                return self._look.style(STYLES[kind])
            kind = kind.parent
        return ""


def highlighter(language: str, look: Look) -> Highlighter:
    try:
        lexer = get_lexer_by_name(language) if language and look.styles else None
    except ClassNotFound:
        lexer = None
    return Highlighter(lexer, look)
