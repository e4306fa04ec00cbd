"""Runs the prompts of a batch several at a time, and stops them.

Stopping has two steps: `stop` starts no further prompts and lets running ones finish; a
cancellation ends them too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from llmchat.app.batch.answers import OneAnswer, answer_line
from llmchat.app.batch.input.questions import RowQuestion
from llmchat.app.batch.results import InOrder, Results
from llmchat.errors import (
    AllFailed,
    AuthError,
    BudgetExceeded,
    ConfigError,
    LlmchatError,
    QuotaExceeded,
    UnknownModel,
)

Answer = Callable[[RowQuestion], Awaitable[OneAnswer]]
Done = Callable[[RowQuestion, OneAnswer], None]
WINDOW = 16  # prompts per job that --ordered may run ahead of the slowest one


class Jobs:
    """Runs jobs: `answer` asks one prompt, `done` gets the result. `stopping` is called by `stop`,
    so that prompts that wait for their turn stop waiting."""

    def __init__(
        self,
        questions: Iterator[RowQuestion],
        results: Results,
        answer: Answer,
        done: Done,
        *,
        stopping: Callable[[], None],
        ordered: bool = False,
        fail_fast: bool = False,
    ) -> None:
        self._questions = enumerate(questions)
        self._results = results
        self._answer = answer
        self._done = done
        self._stopping = stopping
        self._ordered = ordered
        self._fail_fast = fail_fast
        self._in_order: InOrder | None = None
        self._stopped = False
        self.fatal: LlmchatError | None = None

    async def run(self, count: int) -> None:
        """Asks all prompts, `count` at a time."""
        if self._ordered:
            self._in_order = InOrder(self._results, WINDOW * count)
        workers = [asyncio.create_task(self._work()) for _ in range(count)]
        try:
            await _first_failure(workers)
        finally:
            if self._in_order:
                self._in_order.flush()

    def stop(self) -> None:
        self._stopped = True
        self._stopping()

    async def _work(self) -> None:
        while not self._stopped and (numbered := next(self._questions, None)):
            number, question = numbered
            if self._in_order:
                await self._in_order.room(number)
            line = None if self._stopped else await self._asked(question)
            if self._in_order:
                self._in_order.put(number, line)
            elif line is not None:
                self._results.write(line)

    async def _asked(self, question: RowQuestion) -> dict[str, Any] | None:
        """The result line; None if the prompt was still waiting when the batch was stopped."""
        try:
            answer = await self._answer(question)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task.cancelling() or not self._stopped:
                raise
            return None
        self._done(question, answer)
        if answer.error and (self._fail_fast or _is_fatal(answer.error, question)):
            self.fatal = self.fatal or answer.error
            self.stop()
        if answer.error and answer.error is not self.fatal:  # LLMCHAT_DEBUG shows that one
            answer.error.let_go()
        return answer_line(question, answer)


async def _first_failure(workers: list[asyncio.Task[None]]) -> None:
    """Waits for all workers; an exception in one ends the others."""
    try:
        await asyncio.gather(*workers)
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)


def _is_fatal(error: LlmchatError, question: RowQuestion) -> bool:
    """Whether all other prompts would fail in the same way."""
    if isinstance(error, UnknownModel):
        return not question.row.model
    if isinstance(error, AllFailed):
        return error.exit_code in (ConfigError.exit_code, AuthError.exit_code)
    return isinstance(error, AuthError | BudgetExceeded | ConfigError | QuotaExceeded)
