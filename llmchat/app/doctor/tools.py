"""Checks the configured tools: whether each server starts and lists, all side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from llmchat.app.doctor.check import Check, failed, ok
from llmchat.app.run.context import Context
from llmchat.app.tools.tools import test_tool, tool_context
from llmchat.errors import LlmchatError


async def tool_checks(context: Context) -> Sequence[Check]:
    names = tool_context(context).settings.configs
    return await asyncio.gather(*(_check(context, name) for name in names))


async def _check(context: Context, name: str) -> Check:
    about = f"tool {name}"
    try:
        done = await test_tool(context, name)
    except LlmchatError as error:
        return failed(about, error)
    server = f", MCP {done.protocol}, {done.ms / 1000:.1f} s" if done.protocol else ""
    return ok(about, f"{done.tools} tool{'' if done.tools == 1 else 's'}{server}")
