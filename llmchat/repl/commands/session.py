"""Commands for the session itself: help, doctor, clear, exit."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from llmchat.app.terminal.table_text import table_text
from llmchat.language import joined, known, msg, translated
from llmchat.render.tables.table import Column, Row, Styled, Table
from llmchat.repl.commands.command import SlashCommand
from llmchat.repl.commands.lookup import find_command
from llmchat.repl.commands.mistyped import without_help
from llmchat.repl.commands.plugins import plugin_commands
from llmchat.repl.commands.templates import template_commands
from llmchat.repl.input.completion_item import CompletionItem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llmchat.repl.session import Session

KEYS = (
    ("Enter", msg("send; inside an open ``` fence or after a \\, a new line")),
    ("Alt-Enter, Ctrl-J", msg("new line")),
    ("Ctrl-C", msg("stop the answer (kept), clear a typed line, twice: exit")),
    ("Esc", msg("stop the answer")),
    ("Up, Ctrl-R", msg("earlier lines, search")),
    ("Tab", msg("complete commands, models, conversations, @files")),
    ("Ctrl-X Ctrl-E", msg("edit the line in your editor")),
    ("Ctrl-L, Ctrl-D", msg("clear the screen; exit")),
    ("!COMMAND", msg("run a shell command and add its output to the next question")),
    ("!!COMMAND", msg("run a shell command")),
)
SENT_AS_THEY_ARE = msg(
    "A line that starts with // is sent with one slash, one that starts with a space unchanged;\n"
    "@path attaches a file"
)


async def help_(session: Session, rest: str) -> None:
    if rest:
        command = find_command(session, rest.strip().lstrip("/"), refusal=without_help)
        session.output.say(f"{command.usage}\n  {known(command.about)}")
        if command.aliases:
            names = ", ".join(f"/{alias}" for alias in command.aliases)
            session.output.hint(msg("  also {names}", names=names))
        return
    text = f"{table_text(session.context, _overview(session))}\n{translated(SENT_AS_THEY_ARE)}"
    await _page(session, text)


async def _page(session: Session, text: str) -> None:
    """Prints a text, through the person's pager if it is longer than the screen."""
    from llmchat.app.terminal.pager import page  # subprocess, only here

    terminal = session.terminal
    height = terminal.rows if terminal.obeys_sequences else 0
    if not height or text.count("\n") + 2 <= height:
        session.output.exact(text + "\n")
        return
    environ = session.context.world.environ
    await terminal.lend(partial(page, text, terminal.screen_file, height=height, environ=environ))


def _overview(session: Session) -> Table:
    rows: list[Row] = []
    groups = (
        *session.commands.groups,
        (msg("Your plugins"), tuple(plugin_commands(session))),
        (msg("Your templates"), tuple(template_commands(session))),
    )
    for title, group in groups:
        if not group:
            continue
        rows.append(_title(title))
        rows += [[f"  {command.usage}", known(command.about)] for command in group]
    rows.append(_title(msg("Keys")))
    rows += [[f"  {key}", about] for key, about in KEYS]
    return Table((Column("", "id"), Column("")), rows)


def _title(text: str) -> Row:
    return [[Styled(text, "bold")], ""]


def complete_help(session: Session, typed: str) -> Iterable[CompletionItem]:
    for command in session.commands:
        if command.name.startswith(typed.lower()):
            yield CompletionItem(command.name, len(typed), command.about)


async def exit_(session: Session, rest: str) -> None:
    session.leave()


async def doctor(session: Session, rest: str) -> None:
    session.output.hint(msg("checking files, settings, proxies and providers …"))
    from llmchat.app.doctor.check import check_table, summary  # the network's tools: 20 ms
    from llmchat.app.doctor.runner import run_checks

    checks = await session.while_listening(run_checks(session.context))
    if checks is not None:
        session.output.table(check_table(checks, utf8=session.terminal.utf8))
        session.output.say(joined("\n", ["", summary(checks)]))


async def clear(session: Session, rest: str) -> None:
    session.terminal.output.erase_screen()
    session.terminal.output.cursor_goto(0, 0)
    session.terminal.output.flush()


COMMANDS = (
    SlashCommand(
        "help",
        "[COMMAND]",
        "Show this list, or help for one command",
        help_,
        complete_help,
        ("h", "?"),
    ),
    SlashCommand("doctor", "", "Check files, settings, network and keys", doctor),
    SlashCommand("clear", "", "Clear the screen, like Ctrl-L", clear, None, ("cls",)),
    SlashCommand("exit", "", "Exit, and show how to resume", exit_, None, ("quit", "q", "bye")),
)
