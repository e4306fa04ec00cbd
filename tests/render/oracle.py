"""Markdown's block structure as markdown-it-py has it and as our pieces have it, to compare."""

from __future__ import annotations

from collections.abc import Iterable

from markdown_it import MarkdownIt
from markdown_it.token import Token

from llmchat.render.markdown.pieces import (
    Close,
    Open,
    Piece,
    Prose,
    Rule,
    TableEnd,
    TableRow,
    TableStart,
    VerbatimEnd,
    VerbatimLine,
    VerbatimStart,
)

Shape = list[tuple[str, ...]]

ENDS = {"blockquote_close", "list_item_close", "bullet_list_close", "ordered_list_close"}


def oracle() -> MarkdownIt:
    return MarkdownIt("commonmark").enable("table").disable("reference")


def reference_shape(markdown: str) -> Shape:
    """Items count on from the first of their list, as every renderer has it."""
    tokens = oracle().parse(markdown)
    _number(tokens)
    return [part for index, token in enumerate(tokens) for part in _token(tokens, index, token)]


def _number(tokens: list[Token]) -> None:
    """Each ordered item's own number in the place of the one in the source."""
    lists: list[int | None] = []
    for index, token in enumerate(tokens):
        if token.type in ("ordered_list_open", "bullet_list_open"):
            first = tokens[index + 1].info
            lists.append(int(first) if first else None)
        elif token.type in ("ordered_list_close", "bullet_list_close"):
            lists.pop()
        elif token.type == "list_item_open" and (number := lists[-1]) is not None:
            token.info, lists[-1] = str(number), number + 1


def _token(tokens: list[Token], index: int, token: Token) -> Iterable[tuple[str, ...]]:
    before = tokens[index - 1].type if index else ""
    match token.type:
        case "blockquote_open":
            yield ("quote",)
        case "bullet_list_open" | "ordered_list_open":
            yield ("list",)
        case "list_item_open":
            yield ("item", (str(int(token.info)) if token.info else "") + token.markup)
        case name if name in ENDS:
            yield ("end",)
        case "inline" if before == "paragraph_open":
            lines = token.content.rstrip(" \t").split("\n")
            yield ("text", "0", "\n".join(line.lstrip(" \t") for line in lines))
        case "inline" if before == "heading_open":
            yield ("text", tokens[index - 1].tag[1], token.content)
        case "inline":
            yield ("cell", token.content)
        case "fence" | "code_block":
            yield ("code", token.info.strip(), token.content)
        case "html_block":
            yield ("html", token.content.rstrip("\n"))
        case "hr":
            yield ("rule",)
        case "table_close":
            yield ("table",)


def pieces_shape(pieces: Iterable[Piece]) -> Shape:
    shape: Shape = []
    lines: list[str] = []
    kind = info = prose = ""
    for piece in pieces:
        match piece:
            case Open("item", marker, _):
                shape.append(("item", marker))
            case Open(name, _, _):
                shape.append((name,))
            case Close():
                shape.append(("end",))
            case Prose(text, level, last=last, glue=glue):
                prose += glue + text
                if last:
                    shape.append(("text", str(level), prose))
                    prose = ""
            case VerbatimStart(kind, info, _):
                lines = []
            case VerbatimLine(text, ends):
                lines.append(text + "\n" * ends)
            case VerbatimEnd() if kind == "code":
                shape.append(("code", info, "".join(lines)))
            case VerbatimEnd():
                shape.append((kind, "".join(lines).rstrip("\n")))
            case TableStart(cells, _, _) | TableRow(cells):
                shape += [("cell", cell) for cell in cells]
            case TableEnd():
                shape.append(("table",))
            case Rule():
                shape.append(("rule",))
    return shape
