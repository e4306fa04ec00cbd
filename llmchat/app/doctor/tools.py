"""Checks the configured tools concurrently: whether each server starts and lists its tools."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from llmchat.app.doctor.check import Check, failed, ok
from llmchat.app.run.context import Context
from llmchat.app.tools.tools import test_tool, tool_context
from llmchat.errors import LlmchatError
from llmchat.language import msg, msg_n


async def tool_checks(context: Context) -> Sequence[Check]:
    names = tool_context(context).settings.configs
    return await asyncio.gather(*(_check(context, name) for name in names))


async def _check(context: Context, name: str) -> Check:
    about = msg("tool {name}", name=name)
    try:
        done = await test_tool(context, name)
    except LlmchatError as error:
        return failed(about, error)
    said = msg_n("{n} tool{server}", "{n} tools{server}", len(done.tools), server=done.server)
    return ok(about, said)
