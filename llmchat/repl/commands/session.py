"""Commands about the session itself: help, doctor, leaving."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmchat.render.table import Column, Row, Styled, Table
from llmchat.repl.commands.command import SlashCommand
from llmchat.repl.input.option import Option

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llmchat.repl.session import Session

KEYS = (
    ("Enter", "sends; inside an open ``` fence or after a \\ it is a new line"),
    ("Alt-Enter, Ctrl-J", "a new line"),
    ("Ctrl-C", "stops the answer and keeps it; clears a typed line; twice leaves"),
    ("Esc", "stops the answer"),
    ("Up, Ctrl-R", "earlier lines, search among them"),
    ("Tab", "completes commands, models, conversations, @files"),
    ("Ctrl-X Ctrl-E", "the line in your editor"),
    ("Ctrl-L, Ctrl-D", "clears the screen; leaves"),
)


async def help_(session: Session, rest: str) -> None:
    if rest:
        command = session.commands.find(rest.strip().lstrip("/"))
        session.output.say(f"{command.usage}\n  {command.about}")
        if command.aliases:
            session.output.hint("  also " + ", ".join(f"/{alias}" for alias in command.aliases))
        return
    rows: list[Row] = []
    for title, group in session.commands.groups:
        rows.append(_title(title))
        rows += [[f"  {command.usage}", command.about] for command in group]
    rows.append(_title("Keys"))
    rows += [[f"  {key}", about] for key, about in KEYS]
    session.output.table(Table((Column("", "id"), Column("")), rows))
    session.output.hint(
        "A line that begins with // is sent with one slash; @path sends a file along"
    )


def _title(text: str) -> Row:
    return [[Styled(text, "bold")], ""]


def complete_help(session: Session, typed: str) -> Iterable[Option]:
    for command in session.commands:
        if command.name.startswith(typed.lower()):
            yield Option(command.name, len(typed), command.about)


async def exit_(session: Session, rest: str) -> None:
    session.leave()


async def doctor(session: Session, rest: str) -> None:
    session.output.hint("checking files, settings, proxies and providers …")
    from llmchat.app.doctor.check import check_table, summary  # the network's tools: 20 ms
    from llmchat.app.doctor.runner import run_checks

    checks = await session.while_listening(run_checks(session.context))
    if checks is not None:
        session.output.table(check_table(checks))
        session.output.say(f"\n{summary(checks)}")


async def clear(session: Session, rest: str) -> None:
    session.terminal.output.erase_screen()
    session.terminal.output.cursor_goto(0, 0)
    session.terminal.output.flush()


COMMANDS = (
    SlashCommand(
        "help", "[COMMAND]", "this list, or one command", help_, complete_help, ("h", "?")
    ),
    SlashCommand("doctor", "", "checks that everything works", doctor),
    SlashCommand("clear", "", "clears the screen only, like Ctrl-L", clear, None, ("cls",)),
    SlashCommand(
        "exit", "", "leaves, and says how to come back", exit_, None, ("quit", "q", "bye")
    ),
)
