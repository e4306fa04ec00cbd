"""`--json` and `--jsonl` for several answers: an object for each, in order."""

from __future__ import annotations

from contextlib import aclosing
from typing import TextIO

from llmchat.app.compare.answers import ComparedAnswer, Comparison
from llmchat.errors import LlmchatError
from llmchat.render.json import Lines, answer_object, error_object
from llmchat.values.events import Delta, Reasoning
from llmchat.values.parallel_answers import Parts


class MachineAnswers:
    """Writes one object at the end; with `streams`, a line per event with the number of its
    `answer`."""

    def __init__(self, stdout: TextIO, *, streams: bool) -> None:
        self._lines = Lines(stdout)
        self._streams = streams

    async def show(self, comparison: Comparison, parts: Parts) -> None:
        if self._streams:
            for number, label in enumerate(comparison.labels):
                self._lines.write({"type": "start", "answer": number, "model": label})
        async with aclosing(parts):
            async for part in parts:
                if not self._streams:
                    continue
                row = {"answer": part.number}
                match part.event:
                    case Delta(text):
                        self._lines.write({"type": "delta", **row, "text": text})
                    case Reasoning(text):
                        self._lines.write({"type": "reasoning", **row, "text": text})
                    case None:
                        answer = comparison.answers[part.number]
                        kind = "error" if answer.failure else "end"
                        self._lines.write({"type": kind, **row, **_object(answer)})

    def end(self, comparison: Comparison | None, error: LlmchatError | None) -> None:
        if not self._streams:
            answers = [_object(answer) for answer in comparison.answers] if comparison else []
            kept = comparison.kept if comparison else ""
            row = {"conversation": kept or None, "answers": answers, "error": error_object(error)}
            self._lines.write(row)
        elif comparison is None or error:
            self._lines.write({"type": "error", "error": error_object(error)})


def _object(answer: ComparedAnswer) -> dict[str, object]:
    turn = answer.turn
    row = answer_object(turn, answer.failure)
    if turn is None:
        row["requested_model"] = answer.label
    return row
