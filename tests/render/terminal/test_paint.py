"""Frames write the difference and nothing else."""

from __future__ import annotations

from rich.segment import Segment
from rich.style import Style

from llmchat.render.terminal.paint import Painter
from llmchat.render.terminal.wrap import Row
from tests.render.emulator import Terminal

BOLD = Style(bold=True)


def row(text: str, *, soft: bool = False, style: Style | None = None) -> Row:
    return Row((Segment(text, style),) if text else (), soft)


def frame(painter: Painter, settled: list[Row], live: list[Row]) -> str:
    return written(painter.frame(settled, live))


def written(segments: list[Segment]) -> str:
    return "".join(style.render(text) if style else text for text, style, _ in segments)


def rows(*texts: str) -> list[Row]:
    return [row(text) for text in texts]


def test_text_that_only_grew_is_appended() -> None:
    painter = Painter(40)
    frame(painter, [], rows("Hel"))
    assert frame(painter, [], rows("Hello")) == "lo"
    assert frame(painter, [], rows("Hello")) == ""


def test_a_changed_row_is_erased_from_the_change_on_and_the_others_are_not_touched() -> None:
    painter = Painter(40)
    frame(painter, [], rows("first", "second row", "third"))
    written = frame(painter, [], rows("first", "second line", "third"))
    assert written == "\x1b[1A\x1b[8G\x1b[Kline\r\n\x1b[6G"


def test_the_same_row_in_another_style_is_written_again() -> None:
    painter = Painter(40)
    frame(painter, [], [row("text")])
    assert frame(painter, [], [row("text", style=BOLD)]) == "\r\x1b[K\x1b[1mtext\x1b[0m"


def test_settled_rows_leave_the_region() -> None:
    painter = Painter(40)
    frame(painter, rows("settled"), rows("open"))
    assert frame(painter, rows("open, settled"), rows("next")) == ", settled\r\nnext"


def test_rows_that_are_gone_are_erased() -> None:
    terminal, painter = Terminal(), Painter(80)
    terminal.write(frame(painter, rows("a"), rows("b", "c", "d")))
    terminal.write(frame(painter, [], rows("B")))
    assert terminal.text() == "a\nB"


def test_leaving_erases_what_is_open_and_ends_in_a_line_of_its_own() -> None:
    terminal, painter = Terminal(), Painter(80)
    terminal.write(frame(painter, rows("settled"), rows("open", "open")))
    terminal.write(written(painter.leave()) + "notice\r\n")
    terminal.write(frame(painter, [], rows("open again")))
    assert terminal.text() == "settled\nnotice\nopen again"


def test_a_row_that_goes_on_is_left_to_the_terminal_to_fold() -> None:
    painter = Painter(4)
    frame(painter, [], rows("abcd"))
    assert frame(painter, [], [row("abcd"), row("ef", soft=True)]) == "ef"
    late = Painter(4)
    frame(late, [], rows("abcd", "x"))
    assert "abcdef" in frame(late, [], [row("abcd"), row("ef", soft=True)])


def test_a_cluster_is_not_torn() -> None:
    """A mark that comes later is written with its base."""
    terminal, painter = Terminal(), Painter(80)
    terminal.write(frame(painter, [], rows("ae", "x")))
    terminal.write(frame(painter, [], rows("ae\u0301!", "x")))
    terminal.write(frame(painter, [], rows("ae.", "x")))
    assert terminal.text() == "ae.\nx"


def test_after_an_echo_the_last_row_is_written_anew() -> None:
    terminal, painter = Terminal(), Painter(80)
    terminal.write(frame(painter, [], rows("one", "two")))
    terminal.write("^C")
    painter.invalidate()
    terminal.write(frame(painter, rows("one", "two"), []))
    assert terminal.text() == "one\ntwo"


def test_a_narrower_screen_has_folded_the_open_rows_which_are_all_erased() -> None:
    terminal, painter = Terminal(10), Painter(20)
    frame(painter, [], rows("a" * 20, "b"))
    terminal.write("a" * 10 + "\r\n" + "a" * 10 + "\r\nb")
    terminal.write(written(painter.resize(10, 24)) + frame(painter, [], rows("new")))
    assert terminal.text() == "new"
