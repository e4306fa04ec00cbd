"""The jobs of a batch: what stays in memory of a failed prompt."""

from __future__ import annotations

import asyncio
import gc
import io
from pathlib import Path

from llmchat.app.batch.answers import Asking, OneAnswer, answer_one
from llmchat.app.batch.input.questions import RowQuestion
from llmchat.app.batch.input.rows import BatchRow
from llmchat.app.batch.jobs import Jobs
from llmchat.app.batch.results import StdoutLines
from llmchat.app.run.context import open_context
from llmchat.errors import Unavailable
from llmchat.world import World
from tests.app.batch.test_pacing import Refusing

PROMPT = "a prompt of this test alone"


def question(number: int) -> RowQuestion:
    return RowQuestion(BatchRow(1, 1), str(number), PROMPT, "", "m", {}, (), "", "")


async def test_a_prompt_that_failed_is_let_go(tmp_path: Path) -> None:
    """It is freed at once, not by the next garbage collection, which may be dozens of prompts with
    pictures later."""
    written = io.StringIO()
    context = open_context(World({"HOME": str(tmp_path)}, written, written, written, tmp_path))
    service = Refusing(*(Unavailable("down") for _ in range(3)))
    asking = Asking(context, service, None, print)

    async def answer(asked: RowQuestion) -> OneAnswer:
        return await answer_one(asking, asked)

    def done(asked: RowQuestion, answer: OneAnswer) -> None:
        assert answer.error

    jobs = Jobs(map(question, range(3)), StdoutLines(written), answer, done, stopping=print)
    gc.collect()
    gc.disable()
    try:
        await jobs.run(1)
        del jobs  # its enumerate holds the last one
        await asyncio.sleep(0)  # and so does what woke us
        assert [o for o in gc.get_objects() if isinstance(o, RowQuestion)] == []
    finally:
        gc.enable()
    assert written.getvalue().count('"kind":"unavailable"') == 3
