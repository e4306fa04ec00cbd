"""The command for tools: list them, switch them on and off, show a definition."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from llmchat.app.tools.tools import list_tools
from llmchat.errors import NothingFound, UsageError
from llmchat.language import msg
from llmchat.language.nearest import suggestion
from llmchat.render.tables.table import Column, Row, Table
from llmchat.repl.commands.command import SlashCommand
from llmchat.repl.input.completion_item import CompletionItem, by_prefix

if TYPE_CHECKING:
    from llmchat.repl.session import Session
    from llmchat.tools.tool import Tool

ON, OFF, SHOW = "on", "off", "show"
ABOUT = 200  # characters of a description; the table wraps it


async def tools(session: Session, rest: str) -> None:
    """Shows or changes which tools the model may call from the next question on."""
    action, _, name = rest.partition(" ")
    name = name.strip()
    if not action:
        await _list(session)
    elif action == ON and name:
        await _switch_on(session, name)
    elif action == OFF:
        await _switch_off(session, name)
    elif action == SHOW and name:
        await _show(session, name)
    else:
        raise UsageError(
            msg("/tools takes on NAME, off NAME or show NAME"),
            hint=msg("/tools alone lists them"),
        )


async def _list(session: Session) -> None:
    known = await _known(session)
    rows: list[Row] = [
        [tool.label, _state(session, tool), tool.spec.description[:ABOUT]] for tool in known
    ]
    rows += [[name, msg("off"), ""] for name in _others(session)]
    if not rows:
        session.output.hint(
            msg("no tools are set up; llmchat tools add NAME -- COMMAND... adds some")
        )
        return
    session.output.table(Table((Column("tool", "name"), Column(""), Column("")), rows))
    session.output.hint(msg("/tools on NAME offers one to the model, /tools off NAME withdraws it"))


def _state(session: Session, tool: Tool) -> str:
    if tool.label in session.tools.left_out:
        return msg("off")
    return msg("on, allowed") if tool.allowed else msg("on, asks")


async def _switch_on(session: Session, name: str) -> None:
    if name in session.tools.left_out:
        session.tools.left_out.discard(name)
    elif name not in session.tools.names:
        before = session.tools.names
        session.tools.names = (*before, name)
        try:
            known = await _known(session)  # an unknown name is reported now
        except BaseException:
            session.tools.names = before
            raise
        session.tools.left_out -= {tool.label for tool in known if _belongs(tool, name)}
    session.output.hint(msg("{name} is on, starting with the next question", name=name))


async def _switch_off(session: Session, name: str) -> None:
    """Switches off a source, one of its tools, or all tools."""
    if not name:
        session.tools.names = ()
        session.output.hint(msg("all tools are off"))
    elif name in session.tools.names:
        session.tools.names = tuple(other for other in session.tools.names if other != name)
        session.output.hint(msg("{name} is off", name=name))
    else:
        session.tools.left_out.add(_find(await _known(session), name).label)
        session.output.hint(msg("{name} is off", name=name))


async def _show(session: Session, name: str) -> None:
    from llmchat.render.tools.panel import definition_panel  # as Rich draws it

    tool = _find(await _known(session), name)
    screen = session.context.screen(session.terminal.screen_file)
    session.output.exact(definition_panel(tool, screen, session.context.theme))


async def _known(session: Session) -> Sequence[Tool]:
    """All tools that are or were on; Ctrl-C stops waiting for a server."""
    found = await session.while_listening(session.tools.known())
    if found is None:
        raise NothingFound(msg("stopped"), hint=msg("/tools lists the tools"))
    return found


def _find(known: Sequence[Tool], name: str) -> Tool:
    for tool in known:
        if name == tool.label:
            return tool
    near = suggestion(name, [tool.label for tool in known])
    raise NothingFound(
        msg("no tool {name} is on", name=name), hint=near or msg("/tools lists them")
    )


def _belongs(tool: Tool, name: str) -> bool:
    return name in (tool.server, tool.label)


def _others(session: Session) -> list[str]:
    """Names of tools that are configured but not on."""
    named = {name.partition("/")[0] for name in session.tools.names}
    return [row.name for row in list_tools(session.context) if row.name not in named]


def complete_tools(session: Session, typed: str) -> Iterable[CompletionItem]:
    action, space, name = typed.partition(" ")
    words: Iterable[str] = (ON, OFF, SHOW)
    if space:
        typed = name.lstrip()
        words = _off_names(session) if action == ON else _on_names(session)
    return by_prefix(typed, words)


def _on_names(session: Session) -> list[str]:
    return [*session.tools.names, *(tool.label for tool in session.tools.latest)]


def _off_names(session: Session) -> Iterable[str]:
    """Names that can be switched off: sources, and tools of servers whose lists are cached."""
    names = [*sorted(session.tools.left_out), *_others(session)]
    for row in list_tools(session.context):
        names += [f"{row.name}/{tool}" for tool in row.tools or ()]
    return dict.fromkeys(names)


COMMANDS = (
    SlashCommand(
        "tools",
        "[on|off|show NAME]",
        "List the tools that the model may call, or switch them",
        tools,
        complete_tools,
    ),
)
