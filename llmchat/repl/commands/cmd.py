"""`/cmd WORDS`: turns words into a shell command, with the same keys as `llmchat cmd`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmchat.errors import EmptyPrompt
from llmchat.language import msg
from llmchat.repl.commands.command import SlashCommand
from llmchat.repl.commands.shell import ending_of

if TYPE_CHECKING:
    from llmchat.app.cmd.asking import CommandAsker
    from llmchat.app.cmd.dialog import CommandEnding
    from llmchat.repl.session import Session


async def cmd(session: Session, rest: str) -> None:
    """Asks for a command; neither the words nor the command become part of the conversation."""
    if not rest:
        raise EmptyPrompt(msg("no task given"), hint=msg("/cmd find files over 1 GB"))
    await session.let_choose()
    from llmchat.app.cmd.asking import CommandAsker  # loads much, so only for /cmd
    from llmchat.app.cmd.target_shell import target_shell

    context = session.current.context
    asker = CommandAsker(context, target_shell(context.world.environ), count=session.count)
    ending = await session.with_terminal(_dialog(session, asker, rest))
    if ending and ending.way == "taken":
        await _run(session, asker.target.shell, ending.text)
    session.output.say()


async def _dialog(session: Session, asker: CommandAsker, wish: str) -> CommandEnding:
    from llmchat.app.cmd.dialog import CommandDialog, CommandTools
    from llmchat.render.stderr.shell_command import CommandView
    from llmchat.repl.input.one_line import line_editor

    context, terminal = session.current.context, session.terminal
    keys, screen = terminal.keys_file, terminal.screen_file
    view = CommandView(context.screen(screen), context.theme, asker.target.dialect.lexer)
    edit = line_editor(keys, screen, obeys_sequences=terminal.obeys_sequences)
    suggestion = await asker.suggestion(wish)
    tools = CommandTools(keys, screen, view, edit)
    return await CommandDialog(context, asker, wish, tools).run(suggestion)


async def _run(session: Session, shell: str, command: str) -> None:
    from llmchat.app.cmd.running import run_command

    terminal, world = session.terminal, session.context.world
    status = await terminal.lend(
        lambda: run_command(
            command,
            shell,
            environ=world.environ,
            cwd=world.cwd,
            stdin=terminal.keys_file,
            stdout=terminal.screen_file,
            stderr=terminal.screen_file,
        )
    )
    if status:
        session.output.hint(ending_of(status if status < 128 else 128 - status))


COMMANDS = (SlashCommand("cmd", "WORDS", "Turn words into a shell command", cmd),)
