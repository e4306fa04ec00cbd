"""Where compared answers are shown: in columns, below each other, as JSON, or in a file."""

from __future__ import annotations

import io
from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING, Protocol, TextIO

from llmchat.app.ask.output.output import (
    StreamedOutput,
    checked_place,
    into_file,
    print_text,
    with_pictures,
)
from llmchat.app.compare.answers import ComparedAnswer, Comparison
from llmchat.app.run.context import Context
from llmchat.app.run.streams import is_terminal, open_stdout
from llmchat.errors import LlmchatError
from llmchat.language import msg, translated
from llmchat.render.clean import clean
from llmchat.render.plain import Plain, write_whole
from llmchat.render.stderr.spinner import Waiting
from llmchat.system.terminals import is_dumb
from llmchat.values.events import Notice
from llmchat.values.parallel_answers import AnswerPart, ByAnswer, Parts, with_notices

if TYPE_CHECKING:
    from llmchat.app.ask.input.question import AskOptions
    from llmchat.render.terminal.side_by_side import SideBySide

Shown = AsyncGenerator[AnswerPart | Notice, None]


class ComparedOutput(Protocol):
    """Output for several answers: `show` is called with their events, `end` always."""

    async def show(self, comparison: Comparison, parts: Parts) -> None: ...

    def end(self, comparison: Comparison | None, error: LlmchatError | None) -> None:
        return  # nothing to add if answers were shown as they arrived


def choose_compared_output(context: Context, options: AskOptions, count: int) -> ComparedOutput:
    stdout = open_stdout(context.world.stdout)
    if options.form in ("json", "jsonl"):
        from llmchat.app.compare.json_output import MachineAnswers  # json: 2 ms

        return MachineAnswers(stdout, streams=options.form == "jsonl")
    if options.output:
        checked_place(context.world.cwd / options.output)
        return ComparedFile(context, options.output)
    able = is_terminal(stdout) and not is_dumb(context.world.environ)
    return shown_on(context, stdout, count, draws=able and options.form != "raw")


def shown_on(context: Context, stream: TextIO, count: int, *, draws: bool) -> ComparedOutput:
    """Columns if the terminal is wide enough, else blocks."""
    if draws:
        from llmchat.render.terminal.side_by_side import fits  # Rich: 50 ms

        if fits(count, context.screen(stream)):
            return ComparedColumns(context, stream)
    return ComparedBlocks(context, stream, draws=draws)


class ComparedColumns(ComparedOutput):
    """Shows the answers side by side as they arrive."""

    def __init__(self, context: Context, stdout: TextIO) -> None:
        self._context = context
        self._stdout = stdout

    async def show(self, comparison: Comparison, parts: Parts) -> None:
        from llmchat.render.terminal.side_by_side import SideBySide

        context = self._context
        shown = SideBySide(
            context.screen(self._stdout),
            comparison.labels,
            lambda number: summary(comparison.answers[number]),
            waiting=Waiting(
                msg("waiting"), utf8=context.screen(self._stdout).encoding == "utf-8"
            ).line,
            theme=context.theme,
            thinks=context.thoughts is not None,
        )
        async with aclosing(self._noted(with_notices(parts, comparison.labels), shown)) as rest:
            await shown.show(rest)

    async def _noted(self, events: Shown, shown: SideBySide) -> Shown:
        """Passes events on; notices are printed above the columns."""
        async with aclosing(events):
            async for event in events:
                if isinstance(event, Notice):
                    with shown.aside():
                        self._context.report.notice(event.text)
                else:
                    yield event


class ComparedBlocks(ComparedOutput):
    """Shows the answers below each other, each as it arrives: on a narrow screen or in a pipe."""

    def __init__(self, context: Context, stdout: TextIO, *, draws: bool) -> None:
        self._context = context
        self._stdout = stdout
        self._tty = is_terminal(stdout)
        self._draws = draws
        self._begun = False

    async def show(self, comparison: Comparison, parts: Parts) -> None:
        by_answer = ByAnswer(parts, len(comparison.answers))
        async with aclosing(parts):
            for number, answer in enumerate(comparison.answers):
                self._say(f"## {answer.label}\n\n", heading=True)
                await self._show_one(by_answer, number, answer)

    async def _show_one(self, by_answer: ByAnswer, number: int, answer: ComparedAnswer) -> None:
        context = self._context
        renderer = Plain(self._stdout, tty=self._tty)
        output = StreamedOutput(renderer, reasoning=context.thoughts)
        if self._draws:
            live = context.live(self._stdout)
            output = StreamedOutput(with_pictures(context, live, self._stdout))
        events = by_answer.events(number)
        shown = context.report.with_notices(events, waiting_for=answer.label, aside=output.aside)
        try:
            async with aclosing(shown):
                await output.show(shown)
        finally:
            said = answer.turn is not None and bool(answer.turn.text)
            summary = translated(answer.summary) if self._tty else answer.summary
            self._say(("\n" if said else "") + f"({summary})\n")

    def _say(self, text: str, *, heading: bool = False) -> None:
        gap = "\n" if heading and self._begun else ""
        self._begun = True
        if heading and self._draws:
            text = self._context.rendered(text, self._stdout) + "\n"
        elif self._tty:
            text = clean(text)
        write_whole(self._stdout, gap + text, tty=self._tty)


class ComparedFile(ComparedOutput):
    """Writes the answers as text to a file, atomically."""

    def __init__(self, context: Context, output: str) -> None:
        self._context = context
        self._path = context.world.cwd / output
        self._text = io.StringIO()

    async def show(self, comparison: Comparison, parts: Parts) -> None:
        await ComparedBlocks(self._context, self._text, draws=False).show(comparison, parts)

    def end(self, comparison: Comparison | None, error: LlmchatError | None) -> None:
        if comparison is not None and error is None:
            stdout = open_stdout(self._context.world.stdout)
            instead = partial(print_text, stdout, tty=is_terminal(stdout))
            into_file(self._path, instead=instead)(self._text.getvalue())


def summary(answer: ComparedAnswer) -> tuple[str, str]:
    """The line below an answer, and its style."""
    return translated(answer.summary), "error" if answer.is_faulty else "hint"
