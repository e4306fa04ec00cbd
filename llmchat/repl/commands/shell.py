"""`!command` and `!!command`: run in the person's shell; the output can go with the next question.

Why: docs/decisions/0111-shell-commands-in-the-session.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmchat.app.cmd.shell import ShellResult, run_shell
from llmchat.errors import UsageError
from llmchat.inputs.prompt import PromptSource
from llmchat.inputs.tokens import shown_size
from llmchat.language import msg
from llmchat.render.clean import Cleaner

if TYPE_CHECKING:
    from llmchat.repl.session import Session


def is_shell_command(line: str) -> bool:
    """Whether the line is a shell command: a single line that begins with `!`. A Markdown picture,
    pasted text of several lines, and a line that begins with a space are not."""
    return line.startswith("!") and not line.startswith("![") and "\n" not in line.strip()


async def run_shell_command(session: Session, line: str) -> None:
    """Runs the command. With one `!` its output is sent with the next question, with two it is only
    shown."""
    keeps = not line.startswith("!!")
    command = line.lstrip("!").strip()
    if not command:
        raise UsageError(
            msg("no shell command given"), hint=msg("such as !git diff, or !!git status")
        )
    result = await _run(session, command, keeps=keeps)
    if result.status:
        session.output.hint(ending_of(result.status))
    if keeps:
        _attach(session, command, result)


async def _run(session: Session, command: str, *, keeps: bool) -> ShellResult:
    terminal, context, cleaner = session.terminal, session.context, Cleaner()

    def show(text: str) -> None:
        session.output.exact(cleaner.feed(text))

    return await terminal.lend(
        lambda: run_shell(
            command,
            environ=context.world.environ,
            cwd=context.world.cwd,
            stdin=terminal.keys_file,
            stdout=terminal.screen_file,
            show=show if keeps else None,
        )
    )


def _attach(session: Session, command: str, result: ShellResult) -> None:
    if not result.text.strip():
        session.output.hint(msg("no output; nothing is added to the next question"))
        return
    if not result.text.endswith("\n"):
        session.output.say()
    status = f" ({ending_of(result.status)})" if result.status else ""
    source = PromptSource(f"Output of {command}{status}", result.text)
    session.pending.sources += (source,)
    cut = (
        msg(", the middle left out ({shown_size})", shown_size=shown_size(result.left_out))
        if result.left_out
        else ""
    )
    size = shown_size(len(result.text.encode()))
    session.output.hint(
        msg(
            "added to the next question: output of {command}, {size}{cut} (to remove: /file none)",
            command=command,
            size=size,
            cut=cut,
        )
    )


def ending_of(status: int) -> str:
    return (
        msg("exit code {status}", status=status)
        if status > 0
        else msg("ended by signal {status}", status=-status)
    )
