"""The plain answer: exact for a pipe, clean for a terminal, ending in exactly one newline."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator

import pytest

from llmchat.errors import IncompleteAnswer
from llmchat.render.encoding import SAME_WIDTH
from llmchat.render.plain import Plain
from llmchat.render.width import width
from llmchat.values.events import Delta, Event, Finish, Notice, Reasoning, Usage


class Pipe(io.TextIOWrapper):
    """A pipe that remembers after how many bytes it was flushed."""

    def __init__(self, encoding: str = "utf-8") -> None:
        self.bytes = io.BytesIO()
        self.flushed: list[int] = []
        super().__init__(self.bytes, encoding=encoding)

    def flush(self) -> None:
        super().flush()
        self.flushed.append(len(self.bytes.getvalue()))


async def stream(*events: Event) -> AsyncIterator[Event]:
    for event in events:
        yield event


async def shown(*texts: str, tty: bool = False, encoding: str = "utf-8") -> bytes:
    pipe = Pipe(encoding)
    await Plain(pipe, tty=tty).show(stream(*[Delta(text) for text in texts], Finish("stop", "m")))
    return pipe.bytes.getvalue()


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["Hello", " world"], "Hello world\n"),
        (["one\n", "\n\n"], "one\n"),
        (["one\n", "\ntwo"], "one\n\ntwo\n"),
        (["\n\nHi\n"], "\n\nHi\n"),
        (["tab\t\x1b[31m\r\n"], "tab\t\x1b[31m\r\n"),
        (["  blanks  "], "  blanks  \n"),
        (["\n", "\n"], ""),
        ([""], ""),
        ([], ""),
    ],
)
async def test_a_pipe_gets_the_exact_text_and_one_newline(texts: list[str], expected: str) -> None:
    assert (await shown(*texts)).decode() == expected


async def test_a_pipe_gets_utf_8_whatever_the_encoding_of_the_locale() -> None:
    assert (await shown("Привет 你好 \ud800", encoding="ascii")).decode() == "Привет 你好 ?\n"


async def test_a_terminal_gets_clean_text_in_its_own_encoding() -> None:
    answer = await shown("Привет \x1b", "[31m 你\r", "\nx\r", tty=True, encoding="cp1251")
    assert answer.decode("cp1251") == "Привет ^[[31m ?\nx^M\n"


async def test_signs_of_ours_have_a_look_alike_where_they_are_missing() -> None:
    answer = await shown("a · b…", " да\n", tty=True, encoding="ascii")
    assert answer.decode("ascii") == "a - b~ ??\n"
    assert (await shown("a · b…", tty=True, encoding="cp1251")).decode("cp1251") == "a · b…\n"


LEGIBLE = {
    "“Quoted” ‘text’ „so“ «and» ‹so›": '"Quoted" \'text\' "so" "and" <so>',
    "a — b – c ‑ d • e\u00a0f\u202fg": "a - b - c - d * e f g",
    "→ ← ⇒ x ≤ 1 ≥ 2 ≠ 3 ± 4 × 5 ÷ 6 ≈ 7": "-> <- => x <= 1 >= 2 != 3 +- 4 x 5 / 6 ~ 7",
    "5 € № 7 © ® ™ 20 °C H₂O ﬁn": "5 EUR No. 7 (c) (R) TM 20 degC H2O fin",
    "10² + 1½ − 3⁻¹, 1º": "10^2 + 1 1/2 - 3^-^1, 1o",  # neither 102 nor 11/2
    "Café naïve Łódź Ærø straße e\u0301": "Cafe naive Lodz AEro strasse e",
    "┌─┬─┐ │ a ╞═╡ └─┴─┘": "+-+-+ | a +=+ +-+-+",
    "ж 你 👋 ≮ ∉": "? ? ? ? ?",
}


@pytest.mark.parametrize(("text", "expected"), LEGIBLE.items())
async def test_a_terminal_for_ascii_gets_what_can_be_read(text: str, expected: str) -> None:
    assert (await shown(text, tty=True, encoding="ascii")).decode("ascii") == f"{expected}\n"


@pytest.mark.parametrize("text", ["“a” — b • c ≤ d № e\u00a0€", "┌─┐ Café → ½ ø ß", "e\u0301 ™ 你"])
def test_in_rows_that_were_measured_it_is_as_wide(text: str) -> None:
    raw = text.encode("ascii", SAME_WIDTH)
    assert len(raw) == width(text) - text.count("你")


async def test_every_piece_is_flushed_as_it_comes() -> None:
    pipe = Pipe()
    await Plain(pipe, tty=False).show(stream(Delta("ab"), Delta("cd\n"), Delta("ef")))
    assert {2, 4, 7, 8} <= set(pipe.flushed)


async def test_a_whole_answer_is_written_in_one_go() -> None:
    pipe = Pipe()
    await Plain(pipe, tty=False, whole=True).show(stream(Delta("ab\n"), Delta("cd\n\n")))
    assert [n for n in pipe.flushed if n] == [6]
    assert pipe.bytes.getvalue() == b"ab\ncd\n"


async def test_other_events_are_not_the_answer() -> None:
    pipe = Pipe()
    events = (Notice("n"), Reasoning("r"), Delta("x"), Usage(1, 2, 3), Finish("stop", "m"))
    await Plain(pipe, tty=False).show(stream(*events))
    assert pipe.bytes.getvalue() == b"x\n"


async def test_a_cut_answer_ends_in_a_newline_and_its_error_passes() -> None:
    async def cut() -> AsyncIterator[Event]:
        yield Delta("half")
        raise IncompleteAnswer("cut")

    pipe = Pipe()
    with pytest.raises(IncompleteAnswer):
        await Plain(pipe, tty=False).show(cut())
    assert pipe.bytes.getvalue() == b"half\n"


async def test_a_cancelled_answer_ends_in_a_newline() -> None:
    async def endless() -> AsyncIterator[Event]:
        yield Delta("half")
        await asyncio.sleep(60)

    pipe = Pipe()
    task = asyncio.create_task(Plain(pipe, tty=False).show(endless()))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert pipe.bytes.getvalue() == b"half\n"


async def test_a_closed_pipe_passes_and_closes_the_stream() -> None:
    closed = []

    async def endless() -> AsyncIterator[Event]:
        try:
            while True:
                yield Delta("x")
        finally:
            closed.append(True)

    class Broken(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        await Plain(Broken(), tty=False).show(endless())
    assert closed == [True]
