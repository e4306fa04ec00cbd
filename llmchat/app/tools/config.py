"""Adds, removes and imports tools in config.toml, in the tables `[tools.NAME]`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llmchat.app.setup.config import change_file
from llmchat.errors import NothingFound, UsageError
from llmchat.language import msg
from llmchat.language.nearest import aside
from llmchat.settings.toml.document import read_document
from llmchat.settings.toml.editor import with_value, without
from llmchat.settings.tools import (
    ALL_TOOLS,
    FUNCTION,
    NAME,
    NAME_RULE,
    shown_command,
    tool_mistakes,
)
from llmchat.system.opening import is_there, read_named
from llmchat.tools.lists import ToolLists
from llmchat.values.secret import tells_secret
from llmchat.values.urls import masked_url

if TYPE_CHECKING:
    from llmchat.app.run.bare_context import BareContext

LARGEST = 1_000_000  # bytes of an imported file
MOST_SERVERS = 100  # each is confirmed and written separately
OTHER_TYPES = {"streamable-http": "http", "streamableHttp": "http", "local": "stdio"}
OF_ENVIRONMENT = re.compile(r"\$\{env:(\w+)\}")
OF_INPUT = re.compile(r"\$\{input:([\w-]+)\}")
BARE_VARIABLE = re.compile(r"\$([A-Za-z_]\w*)")
OF_EDITOR = re.compile(
    r"\$\{(?![A-Za-z_]\w*(?::-[^}]*)?\})[^}]*\}|\$\{(?:workspaceFolder|userHome)\}"
)
STRING_OR_COMMENT = re.compile(r'("(?:\\.|[^"\\])*+")|//[^\n]*+|/\*.*?\*/', re.DOTALL)
STRING_OR_COMMA = re.compile(r'("(?:\\.|[^"\\])*+")|,(?=\s*[}\]])')

Table = dict[str, Any]


@dataclass(frozen=True, slots=True)
class FoundServer:
    """A server in an imported file, as a `[tools.NAME]` table; `problem` says why it cannot be
    imported."""

    name: str
    table: Table = field(repr=False)
    problem: str = ""
    variables: tuple[str, ...] = ()  # that the other program asks the person for

    @property
    def runs(self) -> str:
        words = [str(self.table.get("command")), *self.table.get("args", ())]
        url = self.table.get("url")
        return masked_url(str(url)) if url else shown_command(words)


def add_tool(
    context: BareContext,
    name: str,
    words: Sequence[str],
    *,
    type: str = "",
    env: Sequence[str] = (),
    headers: Sequence[str] = (),
) -> str:
    """Adds a tool's table; returns what it runs or calls."""
    if not words:
        raise UsageError(
            msg("no command or URL given"),
            hint=msg("llmchat tools add {name} -- COMMAND...", name=name),
        )
    is_url = words[0].startswith(("http://", "https://"))
    if is_url and len(words) > 1:
        raise UsageError(
            msg("a URL takes no arguments"),
            hint=msg("llmchat tools add {name} {words}", name=name, words=words[0]),
        )
    if not (type or is_url or words[1:]) and FUNCTION in words[0]:
        type = "python"  # `-T` reads it in the same way
    table: Table = {"type": type} if type else {}
    table |= {"url": words[0]} if is_url else _command(words, context.world.cwd, type)
    if env:
        table["env"] = dict(_pairs(env, "=", msg("--env NAME=VALUE")))
    if headers:
        table["headers"] = dict(_pairs(headers, ":", msg("--header 'NAME: VALUE'")))
    _refuse(name, table, _configured(context))
    write_tools(context, {name: table})
    return FoundServer(name, table).runs


def remove_tool(context: BareContext, name: str) -> None:
    known = _configured(context)
    if name not in known:
        problem = msg("there is no tool {name}{aside}", name=name, aside=aside(name, known))
        raise NothingFound(problem, hint=msg("llmchat tools list"))
    change_file(context, lambda text: without(text, ("tools", name)))
    ToolLists(context.paths.tool_lists).forget(name)
    for log in (f"{name}.log", f"{name}.old.log"):
        with suppress(OSError):
            (context.paths.tool_logs / log).unlink(missing_ok=True)


def write_tools(context: BareContext, tables: Mapping[str, Table]) -> None:
    def change(text: str) -> str:
        for name, table in tables.items():
            for key, value in table.items():
                text = with_value(text, ("tools", name, key), value)
        return text

    change_file(context, change)


def read_servers(context: BareContext, path: Path) -> list[FoundServer]:
    """The servers in another program's file: `mcpServers`, or VS Code's `servers`."""
    found = list(_servers(_json(path)))
    if not found:
        hint = msg(
            "a file with mcpServers or servers, such as claude_desktop_config.json or mcp.json"
        )
        raise NothingFound(msg("{path} names no servers", path=path), hint=hint)
    if len(found) > MOST_SERVERS:
        raise _too_large(path)
    known = _configured(context)
    return [_checked(_translated(name, entry), known) for name, entry in found]


def _configured(context: BareContext) -> list[str]:
    document = read_document(context.paths.config_file)
    table = document.get("tools") if document else None
    return [name for name in table or () if name not in ALL_TOOLS]


def _command(words: Sequence[str], cwd: Path, type: str) -> Table:
    """The command's table. A relative path that was typed becomes absolute, because the program
    starts in another folder."""
    program, *args = words
    if ("/" in program or type == "python") and not program.startswith(("/", "~")):
        program = str(cwd / program)
    table: Table = {"command": program}
    if args:
        table["args"] = args
    if any(not arg.startswith(("-", "/")) and is_there(cwd / arg) for arg in args if arg):
        table["cwd"] = str(cwd)
    return table


def _pairs(given: Sequence[str], sign: str, form: str) -> Iterator[tuple[str, str]]:
    for text in given:
        name, found, value = text.partition(sign)
        if not found or not name.strip():
            raise UsageError(
                msg("{partition} needs a value", partition=text.partition(sign)[0]), hint=form
            )
        if tells_secret(name) and value.strip() and "${" not in value:
            own = form.replace("NAME", name.strip()).replace("VALUE", "${TOKEN}").replace("'", "")
            hint = msg("use a variable of your own, in single quotes: {own}", own=own)
            raise UsageError(msg("keys are not accepted on the command line"), hint=hint)
        yield name.strip(), value.strip()


def _refuse(name: str, table: Table, known: Sequence[str]) -> None:
    if name in known:
        hint = msg("remove it first: llmchat tools remove {name}", name=name)
        raise UsageError(msg("there is already a tool {name}", name=name), hint=hint)
    if name in ALL_TOOLS or not NAME.fullmatch(name):
        raise UsageError(msg("{name!r} is not a valid tool name", name=name), hint=NAME_RULE)
    for _, problem in tool_mistakes({name: table}):
        raise UsageError(problem, hint=msg("llmchat tools add --help"))


def _json(path: Path) -> Any:
    text = read_named(path, LARGEST, too_large=_too_large(path))
    plain = STRING_OR_COMMA.sub(_string, STRING_OR_COMMENT.sub(_string, text))
    for candidate in (text, plain):
        with suppress(ValueError, RecursionError):
            return json.loads(candidate)
    raise UsageError(
        msg("{path} is not JSON", path=path), hint=msg("name a file with mcpServers or servers")
    )


def _too_large(path: Path) -> UsageError:
    return UsageError(
        msg("{path} is too large to import", path=path), hint=msg("name a file of servers")
    )


def _string(found: re.Match[str]) -> str:
    """Keeps strings, and drops comments and trailing commas, which editors allow in JSON."""
    return found[1] or ""


def _servers(found: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The servers at the top level, or under `mcp` in VS Code's settings."""
    for table in (found, found.get("mcp") if isinstance(found, Mapping) else None):
        for key in ("mcpServers", "servers"):
            entries = table.get(key) if isinstance(table, Mapping) else None
            if isinstance(entries, Mapping):
                yield from ((n, e) for n, e in entries.items() if isinstance(e, Mapping))


def _translated(name: str, entry: Mapping[str, Any]) -> FoundServer:
    """The server's table in our format; other keys are dropped."""
    variables: list[str] = []

    def text(value: Any) -> str:
        return _reference(str(value), variables)

    table: Table = {}
    url = entry.get("httpUrl") or entry.get("url") or entry.get("serverUrl")
    kind = OTHER_TYPES.get(str(entry.get("type")), entry.get("type"))
    if kind == "sse":
        table["type"] = "sse"
    if entry.get("command"):
        table["command"] = text(entry["command"])
        if isinstance(entry.get("args"), list):
            table["args"] = [text(arg) for arg in entry["args"]]
    elif url:
        table["url"] = text(url)
    if entry.get("cwd"):
        table["cwd"] = text(entry["cwd"])
    for key in ("env", "headers"):
        given = entry.get(key)
        if isinstance(given, Mapping) and given:
            table[key] = {str(n): text(v) for n, v in given.items() if v is not None}
    for key, theirs in (("include", "includeTools"), ("exclude", "excludeTools")):
        if isinstance(entry.get(theirs), list):
            table[key] = [str(tool) for tool in entry[theirs]]
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-_")
    return FoundServer(plain or "server", table, variables=tuple(dict.fromkeys(variables)))


def _reference(text: str, variables: list[str]) -> str:
    """Changes `${env:NAME}` and a bare `$NAME` into `${NAME}`; what an editor would ask for becomes
    a variable."""

    def asked(found: re.Match[str]) -> str:
        variable = re.sub(r"\W", "_", found[1]).upper()
        variables.append(variable)
        return f"${{{variable}}}"

    text = OF_INPUT.sub(asked, OF_ENVIRONMENT.sub(r"${\1}", text))
    whole = BARE_VARIABLE.fullmatch(text)
    return f"${{{whole[1]}}}" if whole else text


def _checked(server: FoundServer, known: Sequence[str]) -> FoundServer:
    texts = [str(value) for value in server.table.values()]
    odd = next((found[0] for text in texts if (found := OF_EDITOR.search(text))), "")
    mistakes = [problem for _, problem in tool_mistakes({server.name: server.table})]
    problem = ""
    if server.name in known:
        problem = msg("there is already a tool {name}", name=server.name)
    elif server.name in ALL_TOOLS:
        problem = msg("{name} is not a valid tool name", name=server.name)
    elif odd:
        problem = msg("{odd} is known only to the other program", odd=odd)
    elif mistakes:
        problem = mistakes[0]
    return FoundServer(server.name, server.table, problem, server.variables)
