"""Growing Markdown falls into the blocks of CommonMark, and a piece that is out never changes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from llmchat.render.markdown.pieces import Piece, Prose, VerbatimLine
from llmchat.render.markdown.prose import LONGEST, NO_GAP, is_calm, next_cut
from llmchat.render.markdown.reader import LONG_LINE, Blocks
from tests.render.emulator import cut
from tests.render.oracle import pieces_shape, reference_shape

EXAMPLES = json.loads(
    (Path(__file__).parents[1] / "data" / "commonmark.json").read_text(encoding="utf-8")
)
ATOMS = (
    *("- ", "* ", "+ ", "1. ", "> ", "    ", "  ", " ", "\t", "# ", "```", "~~~", "---", "==="),
    *("***", "a", "b c", "x | y", "|---|---|", "<div>", "<!-- x", "-->", "</b>", "**x**", "`"),
    *("\n", "\n", "\n\n"),
)


def whole(markdown: str) -> list[Piece]:
    blocks = Blocks()
    return blocks.feed(markdown) + blocks.finish()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: str(example["example"]))
def test_an_example_of_the_standard_has_the_blocks_of_markdown_it(
    example: dict[str, str],
) -> None:
    assert pieces_shape(whole(example["markdown"])) == reference_shape(example["markdown"])


@given(st.lists(st.sampled_from(ATOMS), max_size=12))
@example(["1. ", "# ", "\n", "1. ", "# "])
@example(["> ", "> ", "- ", "\t", "- "])
@example(["<!-- x", "---", "\n", "> ", "\n", "> "])
@settings(max_examples=300)
def test_random_markdown_has_the_blocks_of_markdown_it(atoms: list[str]) -> None:
    """But for some habits of markdown-it which the standard does not share (see `_is_habit`)."""
    markdown = "".join(atoms) + "\n"
    if not _is_habit(markdown):
        assert pieces_shape(whole(markdown)) == reference_shape(markdown)


def _is_habit(markdown: str) -> bool:
    """Table heads that are other blocks or lazy, a list that ends after an empty item, the columns
    of a tab behind the mark of a quote, and such a mark that is indented like code."""
    rows = markdown.split("\n")
    tabs = any(">" in row.partition("\t")[0] for row in rows)
    marks = any(row.expandtabs(4).startswith(" " * 4) and row.lstrip()[:1] == ">" for row in rows)
    lines = [row.replace("\t", " ").lstrip("> ").rstrip() for row in rows]
    tables = any("|---|" in line for line in lines)
    empty_items = any(
        line in ("-", "*", "+", "1.")
        or line.endswith((" -", " *", " +", "1."))
        or (line.startswith(("- ", "* ", "+ ", "1. ")) and not line.strip("-*+1. >"))
        for line in lines
    )
    return tables or empty_items or tabs or marks


@given(st.lists(st.sampled_from(ATOMS), max_size=25), st.integers(0, 1000))
@settings(max_examples=200)
def test_pieces_do_not_depend_on_the_cuts(atoms: list[str], seed: int) -> None:
    markdown = "".join(atoms)
    blocks = Blocks()
    pieces = [piece for part in cut(markdown, seed) for piece in blocks.feed(part)]
    assert pieces + blocks.finish() == whole(markdown)


@given(st.lists(st.sampled_from(ATOMS), max_size=25), st.lists(st.sampled_from(ATOMS), max_size=9))
@settings(max_examples=200)
def test_what_is_out_is_a_beginning_of_every_continuation(
    atoms: list[str], more: list[str]
) -> None:
    markdown, rest = "".join(atoms), "".join(more)
    blocks = Blocks()
    out = blocks.feed(markdown)
    assert whole(markdown + rest)[: len(out)] == out


@given(st.lists(st.sampled_from(ATOMS), max_size=20))
@settings(max_examples=100)
def test_a_copy_leaves_the_original_alone(atoms: list[str]) -> None:
    markdown = "".join(atoms)
    blocks = Blocks()
    pieces: list[Piece] = []
    for char in markdown:
        pieces += blocks.feed(char)
        blocks.copy().finish()
    assert pieces + blocks.finish() == whole(markdown)


def test_carriage_returns_before_line_ends_are_no_text() -> None:
    markdown = "# a\r\n\r\n```\r\ncode\r\n```\r\nx" + "y" * 2000 + "\r\nz"
    assert _text(whole(markdown)) == _text(whole(markdown.replace("\r\n", "\n")))
    for seed in range(5):
        blocks = Blocks()
        pieces = [piece for part in cut(markdown, seed) for piece in blocks.feed(part)]
        assert _text(pieces + blocks.finish()) == _text(whole(markdown))


@pytest.mark.parametrize(
    "head", ["", "```\n", "- ", "> > ", "    ", "<div>\n", "a | b\n---|---\n", "$$\n"]
)
def test_a_line_of_any_length_loses_nothing(head: str) -> None:
    """A line beyond LONG_LINE is placed by its beginning and goes on where it stands."""
    words = " ".join(f"w{n}" for n in range(LONG_LINE))
    for seed in range(2):
        blocks = Blocks()
        markdown = head + words + "\nend\n"
        pieces = [piece for part in cut(markdown, seed) for piece in blocks.feed(part)]
        text = _text(pieces + blocks.finish())
        assert all(word in text for word in ("w0 ", "w500 ", f"w{LONG_LINE - 1}"))
        assert "".join(text.split()).count("w123w124w125") == 1


def test_a_paragraph_leaves_in_chunks_that_tear_no_markup() -> None:
    """A long paragraph on one line is not held back until it ends."""
    sentence = "Some **bold words**, `code with * star`, [a link](http://e.org/a) and more. "
    blocks = Blocks()
    pieces = [piece for part in cut(sentence * 60, 1) for piece in blocks.feed(part)]
    chunks = [piece.text for piece in pieces if isinstance(piece, Prose)]
    assert len(chunks) > 8
    assert all(is_calm(chunk) for chunk in chunks)


def test_a_chunk_ends_even_when_markup_stays_open() -> None:
    blocks = Blocks()
    pieces = blocks.feed("**" + "never closed " * 400)
    chunks = [piece.text for piece in pieces if isinstance(piece, Prose)]
    assert chunks
    assert max(map(len, chunks)) <= LONGEST + len("never closed ")


def test_code_leaves_line_by_line() -> None:
    blocks = Blocks()
    blocks.feed("- ```py\n")
    assert blocks.feed("  a = 1\n") == [VerbatimLine("a = 1", ends=True)]


def test_a_formula_of_its_own_is_no_markdown() -> None:
    """`- b` is no item and `_` no emphasis between `$$`; a blank line ends what never closed."""
    shape = pieces_shape(whole("$$\n- b_1 * x\n= 2\n$$\ntext\n\n\\[\n# x\n\n- item\n"))
    assert shape[0] == ("math", "$$\n- b_1 * x\n= 2\n$$")
    assert shape[1] == ("text", "0", "text")
    assert shape[2] == ("math", "\\[\n# x")
    assert shape[3] == ("list",)


def _text(pieces: Sequence[Piece]) -> str:
    return "".join(
        [
            piece.glue + piece.text
            if isinstance(piece, Prose)
            else str(getattr(piece, "text", "")) or " ".join(getattr(piece, "cells", ()))
            for piece in pieces
        ]
    )


def test_a_word_without_an_end_is_cut_where_a_growing_one_is() -> None:
    """And is looked through once: a megabyte of it took a minute."""
    text = "w" * 50_000 + " words"
    assert next_cut(text, 0) == next_cut(text[: NO_GAP + 1], 0) == (NO_GAP, NO_GAP)
