"""Answers the shells' key binding: a command for the words in the line, and one line to show below.

Both go to stdout, with a separator between them that cannot occur in a command. After a failure the
command is missing, and the shell's line stays unchanged.

Why: docs/decisions/0128-keys-of-the-shells.md.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace

from llmchat.app.cmd.asking import CommandAsker
from llmchat.app.cmd.cmd import CmdOptions, danger_line, read_wish, require_plain
from llmchat.app.cmd.target_shell import target_shell
from llmchat.app.run import signals
from llmchat.app.run.context import Context
from llmchat.app.run.streams import open_stdout
from llmchat.errors import Interrupted, LlmchatError, NotAnAnswer
from llmchat.language import joined, msg, translated
from llmchat.render.clean import clean_line
from llmchat.render.plain import write_whole
from llmchat.shell_command.dialects import Dialect
from llmchat.shell_command.suggestion import Suggestion
from llmchat.values.secret import Mask
from llmchat.world import World

SEPARATOR = "\x1e"
# History references, which an interactive shell replaces before it runs a line.
RECALLS = re.compile(r"!(?![\s=(]|$)")
SINGLE = re.compile(r"'[^']*'")
FAILED = 2  # never the code of a signal, which a shell would take for its own


def answer_line(world: World, open_: Callable[[World], Context], options: CmdOptions) -> int:
    """Prints the answer; returns 0 if there is a command, else `FAILED`."""
    told = io.StringIO()
    quiet = replace(world, stderr=told)
    command, failed = "", ""
    try:
        context = open_(quiet)
        command, notes = _command(context, options)
    except LlmchatError as error:
        error.rewrite(Mask(world.secrets))
        notes = []
        failed = translated(error.in_one_line)
        if isinstance(error, Interrupted):
            failed = translated(msg("stopped"))
    lines = [line.removeprefix("llmchat: ").strip() for line in told.getvalue().splitlines()]
    message = "; ".join(filter(None, [failed, *map(translated, notes), *lines]))
    text = command + SEPARATOR + _shown(message) + "\n"
    write_whole(open_stdout(world.stdout), text, tty=False)
    return FAILED if failed else 0


def _command(context: Context, options: CmdOptions) -> tuple[str, list[str]]:
    wish = read_wish(context, options.words)
    around = target_shell(context.world.environ)
    asker = CommandAsker(context, around, allow_secrets=options.allow_secrets)
    suggestion = signals.run(lambda: asker.suggestion(wish))
    require_plain(suggestion)
    if "\n" in suggestion.text:
        raise NotAnAnswer(msg("the command has several lines"), hint=msg("llmchat cmd shows them"))
    return suggestion.text, _notes(suggestion, around.dialect)


def _notes(suggestion: Suggestion, dialect: Dialect) -> list[str]:
    """Everything that the person should check before pressing Enter, as one note."""
    found = [danger_line(suggestion, danger) for danger in suggestion.dangers]
    if dialect.name in ("bash", "zsh") and RECALLS.search(SINGLE.sub("", suggestion.text)):
        found.append(msg("!: recalls an earlier command here"))
    return [msg("careful: {danger_line}", danger_line=joined("; ", found))] if found else []


def _shown(text: str) -> str:
    line = " ".join(clean_line(text).split())
    return f"llmchat: {line}" if line else ""
