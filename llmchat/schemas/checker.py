"""Checks data against a schema in a separate process, which is killed if it takes too long.

Why: docs/decisions/0125-answers-are-checked-in-a-process.md.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from llmchat.errors import LlmchatError, SchemaMismatch, UsageError
from llmchat.language import msg
from llmchat.system.programs import start
from llmchat.transport.errors.status import one_line

PATIENCE = 5.0  # seconds for one check; a large answer takes a tenth
STARTING = 30.0  # seconds for Python to start on a busy machine
CHILD = Path(__file__).with_name("child.py")
# -P: imports nothing from the current folder; otherwise as for the keyring.
FLAGS = ("-P", *(("-s",) if sys.flags.no_user_site else ()), "-X", "utf8")
TOO_LONG = msg("use a simpler schema: a pattern such as (a+)+ may take years")


class SchemaChecker:
    """Checks data against one schema, one after the other. The process is started again after it
    was killed."""

    def __init__(self, schema: Mapping[str, Any], *, patience: float = PATIENCE) -> None:
        self._schema = schema
        self._patience = patience
        self._process: Process | None = None
        self._turn = asyncio.Lock()

    async def open(self) -> None:
        """Starts the process; raises UsageError if the schema is not valid."""
        async with self._turn:
            await self._ready()

    async def faults(self, data: object) -> list[str]:
        """What is wrong with the data, one line each; empty if they match."""
        async with self._turn:
            process = await self._ready()
            row = await self._said(process, json.dumps(data), self._patience)
            if row is None:
                await self._end()
                raise SchemaMismatch(
                    msg(
                        "the answer could not be checked within {patience:g} s",
                        patience=self._patience,
                    ),
                    hint=TOO_LONG,
                )
            return [one_line(fault) for fault in row["faults"]]

    async def aclose(self) -> None:
        async with self._turn:
            await self._end()

    async def _ready(self) -> Process:
        if self._process is None:
            words = [sys.executable, *FLAGS, str(CHILD)]
            begun = start(words, os.environ)
            self._process = process = await asyncio.create_subprocess_exec(
                *begun["args"],
                env=begun["env"],
                cwd=begun["cwd"],
                stdin=PIPE,
                stdout=PIPE,
                stderr=DEVNULL,
                start_new_session=True,  # Ctrl-C must not reach it
            )
            opening = {"schema": self._schema, "patience": self._patience + 1}
            row = await self._said(process, json.dumps(opening), STARTING)
            if row is None or row.get("bad"):
                await self._end()
                raise _unusable(row)
        return self._process

    async def _said(self, process: Process, line: str, patience: float) -> dict[str, Any] | None:
        """The reply to one line; None if it does not come in time."""
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            async with asyncio.timeout(patience):
                process.stdin.write(line.encode() + b"\n")
                await process.stdin.drain()
                reply = await process.stdout.readline()
        except (TimeoutError, OSError):
            return None
        except BaseException:  # a late reply would be taken for the next one
            await self._end()
            raise
        return json.loads(reply) if reply else None

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(ProcessLookupError):
            process.kill()
        if process.stdin:
            process.stdin.close()
        await process.communicate()  # otherwise its pipes outlive the event loop


def _unusable(row: Mapping[str, Any] | None) -> LlmchatError:
    if row is None:
        return LlmchatError(msg("the schema could not be read by the process that checks answers"))
    return UsageError(
        msg("not a valid JSON Schema: {one_line}", one_line=one_line(row["bad"])),
        hint=msg("correct the schema"),
    )
