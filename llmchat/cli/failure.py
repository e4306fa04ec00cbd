"""The object of `ask --json` and `--jsonl` for what fails before there is a question: a program
that asked for JSON gets JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress

from llmchat.errors import LlmchatError
from llmchat.world import World


def is_for_program(argv: Sequence[str]) -> bool:
    """`ask`, or the question alone which means it, with one of the two flags."""
    name = argv[0] if argv else ""
    asks = name == "ask" or any(c.isspace() for c in name)
    return asks and bool({"--json", "--jsonl"}.intersection(_flags(argv[1:])))


def tell_program(error: LlmchatError, argv: Sequence[str], world: World) -> None:
    """A stdout that is gone or full does not change the exit code."""
    from llmchat.render.json import JsonAnswer, JsonEvents

    if world.stdout is None or world.stdout.closed:
        return
    machine = JsonAnswer if "--json" in _flags(argv) else JsonEvents
    with suppress(OSError):
        machine(world.stdout).end(None, error)


def _flags(words: Iterable[str]) -> list[str]:
    """What follows `--` is text."""
    found = list(words)
    return found[: found.index("--")] if "--" in found else found
