"""What has to be quick at start-up loads nothing heavy."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

DRAWING = {"rich", "markdown_it", "pygments"}
HEAVY = ("markdown_it", "pygments", "rich", "wcwidth", "httpx", "prompt_toolkit")


@pytest.mark.parametrize(
    "module",
    [
        *("clean", "plain", "json", "stderr.report", "reasoning", "tables.columns", "width"),
        *("markdown.code_blocks", "markdown.reader", "terminal.screen", "stderr.progress"),
        *("stderr.spinner", "tables.table", "fold"),
        "answer",
    ],
)
def test_the_plain_path_loads_the_standard_library_only(module: str) -> None:
    program = f"import sys, llmchat.render.{module}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert not {name.partition(".")[0] for name in done.stdout.split()} & set(HEAVY)


@pytest.mark.parametrize("form", [(), ("--raw",), ("--json",), ("--jsonl",), ("-x",)])
def test_an_answer_into_a_pipe_loads_nothing_that_draws(
    form: tuple[str, ...], tmp_path: Path
) -> None:
    """The interpreter itself says what was imported."""
    program = [sys.executable, "-X", "importtime", "-m", "llmchat", "ask", "-p", "demo", *form]
    environ = os.environ | {"LLMCHAT_HOME": str(tmp_path), "LLMCHAT_SAVE": "false"}
    done = subprocess.run(
        [*program, "code, please"], capture_output=True, text=True, timeout=60, env=environ
    )
    assert done.stdout
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "llmchat.render.plain" in loaded
    assert not {name.partition(".")[0] for name in loaded} & DRAWING


def test_what_decides_where_an_answer_goes_loads_nothing_that_draws() -> None:
    program = (
        "import sys, llmchat.app.run.context, llmchat.app.ask.output.output; print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert not {name.partition(".")[0] for name in done.stdout.split()} & DRAWING


ANSWER = """
import asyncio, io, sys
from llmchat.values.events import Delta, Finish
from llmchat.system.idle import request_left
from llmchat.render.answer import DRAWING, TerminalAnswer
from llmchat.render.terminal.screen import Screen

async def events():
    await asyncio.sleep(0.05)
    print("before:", *(name for name in DRAWING if name in sys.modules))
    request_left()
    while not all(name in sys.modules for name in DRAWING):
        await asyncio.sleep(0.01)
    yield Delta("text")
    yield Finish("stop", "m")

out = io.StringIO()
answer = TerminalAnswer(Screen(out, lambda: (80, 24)))
asyncio.run(answer.show(events()))
print("answer:", out.getvalue().strip())
"""


def test_what_draws_is_loaded_while_the_service_thinks() -> None:
    """Not before the question has left, and before the answer comes."""
    done = subprocess.run(
        [sys.executable, "-c", ANSWER], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "before:\nanswer: text\n"
