"""The lines below an answer while it streams: provider, elapsed time, and what is being typed."""

from __future__ import annotations

from collections.abc import Sequence

from llmchat.language import msg, translated
from llmchat.render.clean import clean_line
from llmchat.render.stderr.spinner import Waiting
from llmchat.render.width import cut, width
from llmchat.repl.input.drafts import LineDraft

STOPS = msg(" · Ctrl-C stops")
TAKES_BACK = msg(" · Esc takes the queued lines back")
QUEUED = msg("then: ")
QUEUED_LINES = 3
LOOKED_AT = 500  # characters of a queued line that are read to draw it
TYPED_LINES = 3  # lines of typed text that are shown: the last ones
SIGN = "> "


class Footer:
    """The footer; called with the width of the screen for each frame."""

    def __init__(self, who: str, draft: LineDraft, *, utf8: bool) -> None:
        self.who = who
        self._draft = draft
        self._answers = False
        self.waiting = Waiting(msg("waiting for {who}", who=who), utf8=utf8)

    def __call__(self, columns: int) -> Sequence[tuple[str, str]]:
        room = max(10, columns - 1)
        text = self._draft.text
        lines = text.split("\n")[-TYPED_LINES:] if text else []
        typed = [
            ((" " * len(SIGN) if n else SIGN) + _end(clean_line(line), room - len(SIGN)), "none")
            for n, line in enumerate(lines)
        ]
        queued = self._queued(room)
        after = translated(STOPS) + (translated(TAKES_BACK) if queued else "")
        return [(cut(self.waiting.line(after=after), room), "hint"), *queued, *typed]

    def _queued(self, room: int) -> list[tuple[str, str]]:
        """The queued lines as rows; if there are too many, the last ones, which Up takes back
        first."""
        queued = self._draft.queued
        shown = queued[-QUEUED_LINES:]
        more = len(queued) - len(shown)
        begun = translated(QUEUED)
        told = translated(msg("{queued}{more} more", queued=QUEUED, more=more))
        first = [(told, "hint")] if more else []
        return first + [
            (cut(begun + " ".join(clean_line(line[:LOOKED_AT]).split()), room), "hint")
            for line in shown
        ]

    def wait_for(self, who: str) -> None:
        """Shows whom the answer is awaited from, after a fallback or a tool call."""
        self.who, self._answers = who, False
        self.waiting.say(msg("waiting for {who}", who=who))

    def say_stage(self, text: str) -> None:
        self.waiting.say(msg("{who}: {text}", who=self.who, text=text))

    def say_answering(self) -> None:
        """Called for the first character of the answer; the seconds still count from the
        question."""
        if not self._answers:
            self._answers = True
            self.waiting.go_on(msg("{who} is answering", who=self.who))


def _end(text: str, cells: int) -> str:
    """The end of a line that is too long, because that is where the person types."""
    if width(text) <= cells:
        return text
    start = len(text) - cells
    while width(text[start:]) >= cells:
        start += 1
    return "…" + text[start:]
