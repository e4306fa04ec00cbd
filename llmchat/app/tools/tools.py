"""Lists, tests and runs the configured tools, for `llmchat tools`."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from llmchat.errors import ServiceError, Timeout, UsageError
from llmchat.inputs.prompt import read_prompt
from llmchat.language import msg
from llmchat.settings.tools import FUNCTION, read_tools, secrets_of
from llmchat.tools.lists import ToolLists
from llmchat.tools.tool import Tool, Toolbox, ToolContext, ToolOutput
from llmchat.tools.toolbox import open_host, open_toolbox, unknown_tool
from llmchat.values.secret import Secret

if TYPE_CHECKING:
    from llmchat.app.run.context import Context
    from llmchat.world import World


@dataclass(frozen=True, slots=True)
class ListedTool:
    """One `[tools.NAME]`; `tools` are from the cached list of a server, None without one."""

    name: str
    type: str
    runs: str
    tools: tuple[str, ...] | None
    allow: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ToolTest:
    """The result of testing a server, or a command that was found."""

    name: str
    tools: tuple[str, ...]
    protocol: str  # the revision of MCP; "" for what is not a server
    ms: int

    @property
    def server(self) -> str:
        """A description of the server: `, MCP 2025-06-18, 0.4 s`; "" for other tools."""
        if not self.protocol:
            return ""
        return msg(", MCP {protocol}, {ms:.1f} s", protocol=self.protocol, ms=self.ms / 1000)


@dataclass(frozen=True, slots=True)
class ToolRun:
    """A call made by the person."""

    tool: Tool
    output: ToolOutput
    ms: int
    name: str  # the name that was typed

    def check(self) -> None:
        """Raises the error with which a script should end, if the call failed."""
        said = self._said()
        if self.output.outcome == "timeout":
            table = "NAME" if FUNCTION in self.name else self.tool.server or self.name
            hint = msg("allow more: llmchat config set tools.{server}.timeout 300", server=table)
            raise Timeout(said, hint=hint)
        if self.output.outcome != "ok":
            raise ServiceError(said, hint=msg("llmchat tools show {name}", name=self.name))

    def _said(self) -> str:
        """The tool's error, with its name in front unless it is already there."""
        text, tool = " ".join(self.output.text.split()), self.tool
        if text.startswith(tuple(f"{name} " for name in (tool.label, tool.name, tool.server))):
            return text
        return msg("{label}: {split}", label=tool.label, split=text)


def tool_context(context: Context) -> ToolContext:
    """What tools need from this run; secrets in their tables are masked from now on."""
    settings = read_tools(context.settings.document)
    if context.resources.plugins:
        from llmchat.app.setup.plugins import plugin_tools  # only if one is enabled

        own = {config.name: config for config in plugin_tools(context, settings.configs)}
        settings = replace(settings, configs={**settings.configs, **own})
    for config in settings.configs.values():
        for secret in secrets_of(config, context.world.environ):
            context.world.conceal(Secret(secret))
    paths = context.paths
    return ToolContext(
        settings,
        context.world.environ,
        context.world.cwd,
        paths.config_file.parent,
        paths.tool_lists,
        paths.tool_logs,
    )


def list_tools(context: Context) -> list[ListedTool]:
    """All configured tools; nothing is started."""
    room = tool_context(context)
    lists = ToolLists(room.cache, context.report.warning)
    rows = []
    for config in room.settings.configs.values():
        known = lists.last(config.name) if config.is_server else None
        names = None if known is None else tuple(tool.name for tool in known)
        rows.append(ListedTool(config.name, config.type, config.runs, names, config.allow))
    return rows


async def find_tools(context: Context, name: str) -> Sequence[Tool]:
    """The tools that `-T NAME` would offer."""
    async with _opened(context, name) as toolbox:
        return await toolbox.tools()


async def test_tool(context: Context, name: str) -> ToolTest:
    """Starts the server, ignoring the cache; raises what goes wrong."""
    room = tool_context(context)
    if name not in room.settings.configs and FUNCTION not in name:
        raise unknown_tool(name, room.settings.configs)
    clock = context.world.clock
    start = clock.ticks()
    host = open_host(name, room)
    try:
        found = await host.fresh_definitions()
    finally:
        await host.aclose()
    names = tuple(tool.name for tool in found)
    return ToolTest(name, names, host.protocol, int((clock.ticks() - start) * 1000))


async def run_tool(context: Context, name: str, arguments: str) -> ToolRun:
    """Runs one call that the person typed, without confirmation."""
    given = parse_arguments(arguments)
    clock = context.world.clock
    async with _opened(context, name) as toolbox:
        tool = _only(await toolbox.tools(), name)
        start = clock.ticks()
        output = await toolbox.call(tool, given)
        return ToolRun(tool, output, int((clock.ticks() - start) * 1000), name)


def read_arguments(world: World) -> str:
    """The arguments from stdin, with a limit; "" if it is closed."""
    return read_prompt(("-",), stdin=world.stdin, cwd=world.cwd).piped


def parse_arguments(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}")
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise UsageError(
            msg("the arguments are not a JSON object"),
            hint=msg('\'{"city": "Oslo"}\', or - for stdin'),
        )
    return found


@asynccontextmanager
async def _opened(context: Context, name: str) -> AsyncGenerator[Toolbox]:
    toolbox = await open_toolbox(tool_context(context), [name])
    try:
        yield toolbox
    finally:
        await toolbox.aclose()


def _only(tools: Sequence[Tool], name: str) -> Tool:
    if len(tools) != 1:
        some = tools[0].label if tools else name
        problem = msg("{name} has {count} tools; name one of them", name=name, count=len(tools))
        hint = msg("llmchat tools run {some}, or llmchat tools show {name}", some=some, name=name)
        raise UsageError(problem, hint=hint)
    return tools[0]
