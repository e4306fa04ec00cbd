"""Progress of longer work: a bar on a terminal, nothing in a pipe and nothing left behind."""

from __future__ import annotations

import io

from llmchat.render.stderr.progress import ShownWork
from llmchat.render.stderr.report import Report
from tests.render.emulator import Terminal, Tty, screen_of


class Ticks:
    """A clock that advances each time it is read."""

    def __init__(self, step: float) -> None:
        self.now, self._step = 0.0, step

    def __call__(self) -> float:
        self.now += self._step
        return self.now


def test_longer_work_shows_how_far_it_is_and_leaves_nothing() -> None:
    terminal = Terminal(80, 5)
    work = ShownWork("importing talks.json", screen_of(terminal), ticks=Ticks(0.05))
    work.expect(50)
    assert list(work.track(range(50))) == list(range(50))
    assert "importing talks.json" in terminal.text()
    assert "/s" in terminal.text()
    work.close()
    assert terminal.text() == ""


def test_a_bar_fits_a_narrow_screen() -> None:
    terminal = Terminal(40, 5)
    work = ShownWork(
        "importing a file with quite a long name.json", screen_of(terminal), ticks=Ticks(1)
    )
    work.expect(3)
    list(work.track(range(3)))
    assert len(terminal.text().split("\n")) == 1
    work.close()


def test_short_work_writes_nothing() -> None:
    terminal = Terminal(80, 5)
    work = ShownWork("quick", screen_of(terminal), ticks=Ticks(0))
    list(work.track(range(9)))
    work.close()
    assert terminal.written == ""


def test_neither_a_pipe_nor_quiet_gets_a_bar() -> None:
    pipe, terminal = io.StringIO(), Terminal(80, 5)
    for report in (Report(pipe), Report(Tty(terminal), tty=True, quiet=True)):
        with report.work("importing") as work:
            assert list(work.track("ab")) == ["a", "b"]
    assert (pipe.getvalue(), terminal.written) == ("", "")
