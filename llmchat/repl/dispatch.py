"""Decides what a line is: a command, a shell command, a mistake, or a question."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmchat.errors import UsageError
from llmchat.inputs.mentions import mentions_in
from llmchat.language import msg
from llmchat.repl.answering.turns import ask_in_place, send
from llmchat.repl.commands.lookup import find_command
from llmchat.repl.commands.mistyped import LEAVING, mistyped
from llmchat.repl.commands.shell import is_shell_command, run_shell_command

if TYPE_CHECKING:
    from llmchat.repl.session import Session


async def take(session: Session, line: str, *, editing: bool) -> None:
    """Runs or sends a line; with `editing` it replaces the last question."""
    text = line.strip()
    if text.lower() in LEAVING:
        session.leave()
    elif text.startswith("/") and not text.startswith("//"):
        await _run(session, text)
    elif not text:
        return
    elif editing:
        question = session.pastes.unfold(line)
        await ask_in_place(session, lambda: session.conversation.edit(question), question)
    elif is_shell_command(line):
        if session.pastes.typed(line) != line:
            raise UsageError(
                msg("a shell command cannot contain a folded paste, whose text is hidden"),
                hint=msg("paste it into your shell"),
            )
        await run_shell_command(session, session.pastes.unfold(line))
    elif mistake := mistyped(line, session.commands.names):
        raise mistake
    else:
        await send(session, line.replace("//", "/", 1) if text.startswith("//") else line)


async def _run(session: Session, text: str) -> None:
    words = text[1:].split(maxsplit=1) or [""]
    command = find_command(session, "" if text[1:2].isspace() else words[0])
    session.typed = mentions_in(session.pastes.typed(text))
    await command.run(session, session.pastes.unfold("".join(words[1:])).strip())
