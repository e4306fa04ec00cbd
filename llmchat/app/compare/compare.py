"""`llmchat ask --vs MODEL --vs MODEL`: asks several models one question at once.

Why: docs/decisions/0129-several-models-at-once.md.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace

from llmchat.app.ask.ask import ReadQuestion, open_conversation
from llmchat.app.ask.candidates import open_answerer
from llmchat.app.ask.input.question import AskOptions, Question
from llmchat.app.ask.output.output import drain
from llmchat.app.ask.output.pictures import Saving
from llmchat.app.ask.unsent import dry_run_question
from llmchat.app.compare.answers import FEWEST, MOST, Comparison, contexts_for, labels_of
from llmchat.app.compare.output import ComparedOutput, choose_compared_output
from llmchat.app.compare.preparing import (
    SHORTER,
    instructions_for,
    make_room,
    told_of_refused,
)
from llmchat.app.run import signals
from llmchat.app.run.context import Context
from llmchat.app.run.streams import failure_at_end, failure_of, is_terminal
from llmchat.app.terminal.consent import consent_of
from llmchat.conversation.conversation import Conversation
from llmchat.errors import LlmchatError, TooLong, UsageError
from llmchat.failover import Answerer, Candidate
from llmchat.inputs.prompt import Prompt
from llmchat.language import msg
from llmchat.values.events import Event
from llmchat.values.messages import Request
from llmchat.values.secret import Mask


def compare(context: Context, options: AskOptions, models: Sequence[str]) -> int:
    """Asks the models, shows and saves the answers; returns 0 if any of them answered."""
    check(context, options, models)
    question = OneForAll(context, options, models)
    output = choose_compared_output(context, options, len(models))

    def answered() -> LlmchatError | None:
        question.read()
        signals.run(lambda: question.answer(output))
        return question.outcome()

    return question.end(output, failure_of(answered))


def dry_run(context: Context, options: AskOptions, models: Sequence[str]) -> int:
    """`--dry-run`: shows each request that would be sent."""
    check(context, options, models)
    for own in contexts_for(context, models):
        dry_run_question(own, options)
    return 0


def check(context: Context, options: AskOptions, models: Sequence[str]) -> None:
    """Raises an error for a wrong number of models, or for flags that contradict --vs."""
    if not FEWEST <= len(models) <= MOST:
        raise UsageError(
            msg(
                "--vs compares {fewest} to {most} models, not {count}",
                fewest=FEWEST,
                most=MOST,
                count=len(models),
            ),
            hint=msg("llmchat ask --vs MODEL --vs PROVIDER/MODEL ..."),
        )
    choosing = msg("name each model with its own --vs, as in --vs openai/gpt-4o")
    leaving = msg("leave one out")
    for flag, given, hint in (
        ("-m", context.flags.get("model"), choosing),
        ("-p", context.flags.get("provider"), choosing),
        ("--fallback", context.flags.get("fallback"), choosing),
        ("-x", options.extract is not None, leaving),
        ("--markdown", options.form == "markdown", leaving),
        ("--schema", options.names_schema, leaving),
        ("-T", bool(options.tools), leaving),
    ):
        if given:
            raise UsageError(msg("{flag} and --vs cannot be combined", flag=flag), hint=hint)


class OneForAll(ReadQuestion):
    """One question for all models; what is known at a failure is kept for the report."""

    def __init__(self, context: Context, options: AskOptions, models: Sequence[str]) -> None:
        super().__init__(context, options)
        self._models = models
        self._admitting = asyncio.Lock()  # only one question to the person at a time
        self._comparison: Comparison | None = None

    async def answer(self, output: ComparedOutput) -> None:
        contexts = contexts_for(self._context, self._models)
        question = await self._question(contexts)
        labels = labels_of(contexts, self._models)
        told = await instructions_for(contexts)
        conversation = open_conversation(self._context, Nobody(), follow_up=self._follow_up)
        if self._follow_up:
            await self._make_room(conversation, contexts, question.text)
        comparison = Comparison(conversation, contexts, self._open, labels, told)
        self._comparison = comparison
        try:
            parts = comparison.ask(question.text, question.attachments)
            await output.show(comparison, parts)
        finally:
            comparison.conclude()
            await comparison.aclose()

    async def _make_room(
        self, conversation: Conversation, contexts: Sequence[Context], question: str
    ) -> None:
        """Compacts the conversation if needed, showing notices about it."""
        context = self._context
        from llmchat.app.ask.compaction.long_conversation import undo_of  # only for -c and --cid

        room = make_room(
            conversation,
            contexts,
            question,
            self._open,
            consents=consent_of(context),
            undo=undo_of(conversation),
            hint=SHORTER,
        )
        await drain(context.report.with_notices(room, waiting_for="a summary"))

    async def _question(self, contexts: Sequence[Context]) -> Question:
        """Reads the question once; raises an error before sending it if any of the models cannot
        take it."""
        try:
            first = await self._completed(contexts[0], self._draft)
            read = replace(self._draft, prompt=Prompt(first.text), template=None)
            for context in contexts[1:]:
                await self._completed(context, read)
        except TooLong as error:
            if self._before:
                error.hint = SHORTER
            raise
        return first

    def _open(self, context: Context) -> Answerer:
        return Saving(context, open_answerer(context, admit=self._admit), tells=True)

    async def _admit(self, candidate: Candidate, request: Request) -> None:
        async with self._admitting:
            await super()._admit(candidate, request)

    def outcome(self) -> LlmchatError | None:
        return self._comparison.outcome() if self._comparison else None

    def end(self, output: ComparedOutput, failed: LlmchatError | None) -> int:
        """Prints the last lines on stdout and stderr, and returns the exit code."""
        mask = Mask(self._context.world.secrets)
        for _, error in self._comparison.failures if self._comparison else ():
            error.rewrite(mask)
        if failed:
            failed.rewrite(mask)
        at_end = failure_at_end(lambda: output.end(self._comparison, failed))
        failed = failed or at_end
        self._report(failed)
        return failed.exit_code if failed else 0

    def _report(self, failed: LlmchatError | None) -> None:
        report, comparison = self._context.report, self._comparison
        for line in told_of_refused(comparison.answers if comparison else ()):
            report.notice(line)
        if failed:
            report.error(failed)
            return
        for label, error in comparison.faults if comparison else ():
            report.warning(msg("{label}: {message}", label=label, message=error.message))
        kept = comparison.kept if comparison else ""
        if kept and is_terminal(self._context.world.stdout):
            report.notice(
                msg(
                    "to continue from one of them: llmchat chat --cid {kept}, then /tree", kept=kept
                )
            )


class Nobody:
    """The answerer of the original conversation until a model is chosen; it is never asked."""

    id = ""

    def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        raise NotImplementedError("the answers are asked for beside it")

    async def aclose(self) -> None:
        """Does nothing; required by `Answerer`."""
