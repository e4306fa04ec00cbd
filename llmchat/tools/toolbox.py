"""The toolbox of a run: opens the tools that `-T` names, and calls them.

    toolbox = await open_toolbox(context, names, allow=labels)
    tools = await toolbox.tools()
    output = await toolbox.call(tool, arguments)
    await toolbox.aclose()

`context` is a `ToolContext`, which `app.tools.tool_context(context)` makes for a run; `names` are
the values of -T, and `allow` those of --allow. Errors that can be found early are raised by
`open_toolbox`: UsageError for an unknown name, ConfigError for a variable that is not set,
ToolServerError for a missing program or extra. `tools` raises ToolServerError for a server that
does not start, and UsageError for a `server/tool` that it does not have. `call` raises only
CancelledError.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from llmchat.errors import ToolServerError, UsageError
from llmchat.language import msg
from llmchat.language.nearest import aside
from llmchat.settings.registry import hint_to_enable
from llmchat.settings.tools import FUNCTION, ToolConfig
from llmchat.system.opening import from_home
from llmchat.tools.tool import Tool, Toolbox, ToolContext, ToolDefinition, ToolHost, ToolOutput
from llmchat.values.calls import ToolSpec

MOST_TOOLS = 64  # in one request: services refuse more, and models choose badly among many
LONGEST = 64  # characters of a name: OpenAI's limit
ODD = re.compile(r"[^A-Za-z0-9_-]+")
LIST_HINT = msg("llmchat tools list")
INSTALL = msg("pip install 'llmchat-cli[mcp]'")


@dataclass(frozen=True, slots=True)
class _Choice:
    """A host, and the names of its tools that were asked for; empty for all."""

    host: ToolHost
    config: ToolConfig
    only: frozenset[str] = frozenset()

    def offers(self, name: str) -> bool:
        config = self.config
        if self.only:
            return name in self.only and not _matches(name, config.exclude)
        included = not config.include or _matches(name, config.include)
        return included and not _matches(name, config.exclude)


async def open_toolbox(
    context: ToolContext, names: Sequence[str], *, allow: Sequence[str] = ()
) -> Toolbox:
    """The tools with these names; servers begin to start in the background, concurrently."""
    wanted: dict[str, set[str]] = {}
    for name in names:
        source, tool = _split(name, context)
        only = wanted.setdefault(source, {tool} if tool else set())
        if not (tool and only):
            only.clear()  # all its tools were asked for
        else:
            only.add(tool)
    choices = [_choice(source, frozenset(only), context) for source, only in wanted.items()]
    for choice in choices:
        choice.host.start()
    return ToolsOfRun(choices, frozenset(allow))


def open_host(source: str, context: ToolContext) -> ToolHost:
    """The host of a table in the settings, or of `file.py:function`."""
    return _choice(source, frozenset(), context).host


class ToolsOfRun:
    """The toolbox of one run."""

    def __init__(self, choices: Sequence[_Choice], allow: frozenset[str]) -> None:
        self._choices, self._allow = choices, allow
        self._hosts: dict[str, ToolHost] = {}  # by the hash of a tool's definition

    async def tools(self) -> Sequence[Tool]:
        lists = await asyncio.gather(*(choice.host.definitions() for choice in self._choices))
        offered = [
            (choice, definition)
            for choice, definitions in zip(self._choices, lists, strict=True)
            for definition in _chosen(choice, definitions)
        ]
        if len(offered) > MOST_TOOLS:
            problem = msg(
                "{count} tools were chosen; at most {most_tools} can be offered",
                count=len(offered),
                most_tools=MOST_TOOLS,
            )
            raise UsageError(problem, hint=msg("choose some with -T server/tool, or set include"))
        names = model_names([(choice.host.name, found.name) for choice, found in offered])
        tools = [self._tool(*pair, name) for pair, name in zip(offered, names, strict=True)]
        _check_allowed(self._allow, tools)
        return tools

    async def call(self, tool: Tool, arguments: Mapping[str, Any]) -> ToolOutput:
        host = self._hosts.get(tool.definition)
        if host is None:
            return ToolOutput(f"there is no tool {tool.label}", "error")
        return await host.call(tool.name, arguments, tool.definition)

    async def aclose(self) -> None:
        await asyncio.gather(*(choice.host.aclose() for choice in self._choices))

    def _tool(self, choice: _Choice, found: ToolDefinition, name: str) -> Tool:
        host = choice.host
        tool = Tool(
            host.name,
            found.name,
            ToolSpec(name, found.description, found.parameters),
            found.hash(host.identity),
            found.title,
            found.hints,
        )
        self._hosts[tool.definition] = host
        allowed = found.name in choice.config.allow or tool.label in self._allow
        return replace(tool, allowed=allowed)


def _split(name: str, context: ToolContext) -> tuple[str, str]:
    """Splits a value of -T into a source and, if it names one, a tool."""
    if FUNCTION in name:
        return name, ""
    source, _, tool = name.partition("/")
    known = context.settings.configs
    if source in known:
        return source, tool
    if name.endswith(".py"):
        raise UsageError(
            msg("{name} needs a function", name=name), hint=msg("-T {name}:FUNCTION", name=name)
        )
    raise unknown_tool(name, known)


def unknown_tool(name: str, known: Collection[str]) -> UsageError:
    """The error for a name that is in neither the settings nor an enabled plugin."""
    source = name.partition("/")[0]
    problem = msg("unknown tool {name}{aside}", name=name, aside=aside(source, known))
    other = LIST_HINT if known else msg("llmchat tools add NAME -- COMMAND...")
    return UsageError(problem, hint=hint_to_enable("tool", source) or other)


def _choice(source: str, only: frozenset[str], context: ToolContext) -> _Choice:
    if FUNCTION in source:
        path, _, function = source.rpartition(":")
        cwd = str(context.cwd)
        config = ToolConfig(function, "python", command=source, cwd=cwd)
        return _Choice(_functions(config, context.cwd / from_home(path), function, context), config)
    config = context.settings.configs[source].expanded(context.environ)
    if config.type == "command":
        from llmchat.tools.commands import CommandTool

        return _Choice(CommandTool(config, context), config, only)
    if config.type == "python":
        path, _, function = config.command.partition(":")
        place = context.config_folder / from_home(path)
        return _Choice(_functions(config, place, function, context), config, only)
    return _Choice(_server(config, context), config, only)


def _functions(config: ToolConfig, path: Path, function: str, context: ToolContext) -> ToolHost:
    from llmchat.tools.functions import FunctionFile

    most = context.settings.max_result
    return FunctionFile(config, path, only=function, environ=context.environ, most=most)


def _server(config: ToolConfig, context: ToolContext) -> ToolHost:
    if find_spec("mcp") is None or find_spec("mcp_types") is None:
        raise ToolServerError(
            msg("tool server {name} needs the extra mcp", name=config.name), hint=INSTALL
        )
    from llmchat.tools.servers.connection import check
    from llmchat.tools.servers.server import McpServer

    check(config, context.environ)
    return McpServer(config, context)


def _chosen(choice: _Choice, definitions: Iterable[ToolDefinition]) -> list[ToolDefinition]:
    found = {tool.name: tool for tool in definitions}
    for name in sorted(choice.only):
        label = f"{choice.host.name}/{name}" if choice.host.name else name
        if name not in found:
            problem = msg("unknown tool {label}{aside}", label=label, aside=aside(name, found))
            raise UsageError(
                problem, hint=msg("llmchat tools show {name}", name=choice.config.name)
            )
        if not choice.offers(name):
            hint = msg("llmchat config get tools.{name}.exclude", name=choice.config.name)
            raise UsageError(msg("{label} is excluded by the settings", label=label), hint=hint)
    return [tool for tool in found.values() if choice.offers(tool.name)]


def _check_allowed(allow: Iterable[str], tools: Sequence[Tool]) -> None:
    """Raises an error for an --allow that matches nothing: the call that it means would be refused
    later."""
    labels = [tool.label for tool in tools]
    for name in sorted(allow):
        if name not in labels:
            problem = msg(
                "--allow {name}: no such tool was chosen{aside}",
                name=name,
                aside=aside(name, labels),
            )
            raise UsageError(problem, hint=msg("--allow server/tool, for a tool given with -T"))


def model_names(tools: Sequence[tuple[str, str]]) -> list[str]:
    """Unique names for (server, name) pairs: the tool's own name if it is unique, else with its
    server in front, else with a number at the end."""
    plain = Counter(_valid(name) for _, name in tools)
    taken: set[str] = set()
    names = []
    for server, name in tools:
        own = _valid(name)
        wanted = own if plain[own] == 1 or not server else _valid(f"{server}_{name}")
        free = next(found for found in _numbered(wanted) if found not in taken)
        taken.add(free)
        names.append(free)
    return names


def _valid(name: str) -> str:
    found = ODD.sub("_", name).strip("_") or "tool"
    return (found if found[0].isalpha() else f"tool_{found}")[:LONGEST]


def _numbered(name: str) -> Iterable[str]:
    yield name
    for number in range(2, 1000):
        end = f"_{number}"
        yield name[: LONGEST - len(end)] + end


def _matches(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
