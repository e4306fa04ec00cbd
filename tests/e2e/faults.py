"""A fault as data: what a service does, and how `llmchat ask` must end."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.e2e.shell import KEY, Result, Said, Shell
from tests.servers.scripted import Script, Server, serving

QUESTION = "What is the answer?"
LARGEST_MB = 250.0
# Longer than a busy machine takes; a test whose subject is a deadline names its own.
PATIENT = ("--first-token-timeout", "60", "--stall-timeout", "60", "--content-timeout", "60")
# What may stand before the two lines of an error.
NOTICE = re.compile(r".+; retrying in \d+\.\d s( \(the first request may be billed\))?")
FIRST_USE = re.compile(r"\w+ is a third-party website run by .+, and may stop working\.")
LENGTH = re.compile(r"the answer reached the model.s length limit; continue with -c")
THOUGHT = re.compile(r"(hm|so| )*")  # what the scripted models think aloud, and the line after it
TOLD = (NOTICE, FIRST_USE, LENGTH, THOUGHT)


@dataclass(frozen=True)
class Fault:
    """`says` must be in the error's first line, `out` is all of stdout."""

    name: str
    script: Script
    code: int
    kind: str
    says: str = ""
    out: str = ""
    state: str = ""  # of the answer in the history
    provider: str = "openai"
    flags: tuple[str, ...] = PATIENT
    env: Mapping[str, str] = field(default_factory=dict)
    asked: int | None = None  # requests that the service has seen
    hint: str = ""
    kept: bool = True  # whether a service has seen the question

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Outcome:
    fault: Fault
    result: Result
    server: Server
    history: list[Said]


def each(faults: Iterable[Fault]) -> pytest.MarkDecorator:
    """A parametrized test for each fault, named after it."""
    return pytest.mark.parametrize("fault", list(faults), ids=str)


async def suffered(fault: Fault, shell: Shell, *more: str) -> Outcome:
    """Runs llmchat once with a service that has this fault."""
    async with serving(fault.script) as server:
        own = {name: value.format(url=server.url) for name, value in fault.env.items()}
        env = settings(fault.provider, server.url) | own
        argv = ("ask", "-p", fault.provider, *fault.flags, *more, QUESTION)
        result = await asyncio.to_thread(shell.run, *argv, env=env)
        return Outcome(fault, result, server, shell.history())


def settings(provider: str, url: str) -> dict[str, str]:
    name = provider.upper()
    given = {f"LLMCHAT_{name}_BASE_URL": url}
    if provider == "openai":
        given |= {"OPENAI_API_KEY": KEY, "LLMCHAT_OPENAI_MODEL": "m1"}
    return given


def judge(outcome: Outcome) -> None:
    """Checks everything that must hold after a fault."""
    fault, result = outcome.fault, outcome.result
    shown = f"\ncode {result.code}\nstdout {result.out[:500]!r}\nstderr {result.err}"
    assert result.code == fault.code, shown
    assert result.out == fault.out, shown
    check_stderr(result, failed=fault.code != 0)
    if fault.code:
        what, advice = result.lines[-2:]
        assert fault.says in what, shown
        assert fault.hint in advice, shown
    assert result.peak_mb < LARGEST_MB, f"{result.peak_mb} MB"
    if fault.asked is not None:
        assert len(outcome.server.asked) == fault.asked, shown
    check_history(outcome)


def check_stderr(result: Result, *, failed: bool) -> None:
    """No traceback and no secret; an error has a line for what happened and one for what to do."""
    assert "Traceback" not in result.err
    assert "internal error" not in result.err
    assert KEY not in result.err + result.out
    assert "\x1b" not in result.err
    lines = result.lines
    if failed:
        *lines, what, advice = lines
        assert what.startswith("llmchat: "), result.err
        assert len(what) > len("llmchat: "), result.err
        assert advice.startswith("  "), result.err
        assert advice.strip(), result.err
    for line in lines:
        assert any(told.fullmatch(line) for told in TOLD), f"{line!r} in {result.err}"


def check_history(outcome: Outcome) -> None:
    """The question is kept if it reached a service, and the answer as far as it came, with its true
    state."""
    fault = outcome.fault
    if not fault.kept:
        assert outcome.history == []
        return
    states = {0: "complete", 10: "incomplete"}
    state = fault.state or states.get(fault.code, "error")
    question, answer = outcome.history
    assert question == Said("user", "complete", QUESTION)
    assert (answer.role, answer.state) == ("assistant", state)
    assert answer.text.rstrip("\n") == fault.out.rstrip("\n")


def error_of(result: Result) -> dict[str, Any]:
    """The error in the object of `--json`."""
    error = json.loads(result.out)["error"]
    assert isinstance(error, dict)
    return error
