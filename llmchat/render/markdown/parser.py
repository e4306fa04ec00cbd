"""Configures markdown-it for single lines, with two rules of our own."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline, emphasis
from markdown_it.token import Token

CJK = ((0x2E80, 0xA4CF), (0xAC00, 0xD7AF), (0xF900, 0xFAFF), (0xFF00, 0xFFEF), (0x20000, 0x3FFFF))


def inline_tokens(text: str) -> list[Token]:
    parser, tokens = _parser(), list[Token]()
    parser.inline.parse(text, parser, {}, tokens)
    return tokens


@cache
def _parser() -> MarkdownIt:
    """The parser, created at the first markup and shared, because it keeps no state."""
    parser = MarkdownIt("commonmark").enable("strikethrough")
    parser.inline.ruler.before("escape", "math", _math)
    parser.inline.ruler.at("emphasis", _emphasis)
    unchanged: Callable[[str], str] = str
    parser.normalizeLink = unchanged  # type: ignore[assignment]  # targets as they were written,
    parser.normalizeLinkText = unchanged  # type: ignore[assignment]  # and so <https://xn--...>
    return parser


def _emphasis(state: StateInline, silent: bool) -> bool:
    """Emphasis next to Chinese and Japanese, which have no blanks: `**“词”**的` is bold, contrary
    to the standard."""
    known, start = len(state.delimiters), state.pos
    if not emphasis.tokenize(state, silent):
        return False
    before, after = state.src[:start][-1:], state.src[state.pos : state.pos + 1]
    if not is_cjk(before) and not is_cjk(after):
        return True
    opens, closes = bool(after.strip()), bool(before.strip())
    for delimiter in state.delimiters[known:]:
        if delimiter.marker == ord("*"):
            delimiter.open, delimiter.close = delimiter.open or opens, delimiter.close or closes
    return True


def is_cjk(char: str) -> bool:
    return not char.isascii() and any(first <= ord(char) <= last for first, last in CJK)


def _math(state: StateInline, silent: bool) -> bool:
    """Keeps a formula as written: its backslashes, stars and line ends are not Markdown."""
    end = _math_end(state.src, state.pos)
    if end is None:
        return False
    if not silent:
        state.push("math", "", 0).content = state.src[state.pos : end]
    state.pos = end
    return True


def _math_end(text: str, at: int) -> int | None:
    for begin, end in (("\\(", "\\)"), ("\\[", "\\]"), ("$$", "$$")):
        if text.startswith(begin, at):
            found = text.find(end, at + 2)
            return None if found < 0 else found + 2
    return _dollars(text, at) if text.startswith("$", at) else None


def _dollars(text: str, at: int) -> int | None:
    """The end of `$x$`, but not of `$5 and $6`: no blank inside the signs, no digit after them."""
    found = text.find("$", at + 1)
    if found < 0 or found == at + 1 or "\n\n" in text[at:found]:
        return None
    tight = not text[at + 1].isspace() and not text[found - 1].isspace()
    return found + 1 if tight and not text[found + 1 : found + 2].isdigit() else None
