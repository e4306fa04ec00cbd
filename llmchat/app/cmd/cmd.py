"""`llmchat cmd`: turns words into one command for this shell, which only the person can run.

Why: docs/decisions/0127-commands-from-words.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

from llmchat.app.ask.candidates import needs_choice
from llmchat.app.cmd.asking import CommandAsker
from llmchat.app.cmd.target_shell import target_shell
from llmchat.app.run import signals
from llmchat.app.run.context import Context
from llmchat.app.run.streams import is_terminal, open_stdout
from llmchat.app.terminal.consent import can_ask
from llmchat.errors import EmptyPrompt, NotAnAnswer
from llmchat.inputs.prompt import read_prompt
from llmchat.language import joined, msg
from llmchat.shell_command.danger import Danger
from llmchat.shell_command.suggestion import Suggestion

if TYPE_CHECKING:
    from llmchat.app.cmd.dialog import CommandEnding, Edit

EXAMPLE = msg('llmchat cmd "find files over 1 GB"')
NOT_TAKEN = 2  # exit code of $(llmchat cmd ...) if the person took no command
MOST_TOLD = 6  # dangers that are listed for a command in a script

# Opens the line editor on two streams; only a front end may import it.
OpenEditor = Callable[[TextIO, TextIO], "Edit"]


@dataclass(frozen=True, slots=True)
class CmdOptions:
    """The options of `cmd` that are not settings."""

    words: tuple[str, ...] = ()
    prints: bool = False
    explains: bool = False
    allow_secrets: bool = False


def cmd(context: Context, options: CmdOptions, open_editor: OpenEditor) -> int:
    """Runs `llmchat cmd`; returns the exit code of the command, if it was run."""
    wish = read_wish(context, options.words)
    if options.explains:
        return _explain(context, wish, allow_secrets=options.allow_secrets)
    open_stdout(context.world.stdout)
    if needs_choice(context):
        from llmchat.app.ask.choice import choose  # only for a person with nothing set up

        context = signals.run(lambda: choose(context))
    around = target_shell(context.world.environ)
    asker = CommandAsker(context, around, allow_secrets=options.allow_secrets)
    if options.prints or not can_ask(context):
        suggestion = signals.run(lambda: asker.suggestion(wish))
        require_plain(suggestion)
        tell_dangers(context, suggestion)
        context.print(suggestion.text)
        return 0
    return _at_terminal(context, asker, wish, open_editor)


def read_wish(context: Context, words: Sequence[str]) -> str:
    """The words of the command line, followed by piped text."""
    world = context.world
    limit = int(context.settings.get("max_input").value)
    prompt = read_prompt(words, stdin=world.stdin, cwd=world.cwd, limit=limit)
    if prompt.is_empty:
        raise EmptyPrompt(msg("no task given"), hint=EXAMPLE)
    return prompt.text


def require_plain(suggestion: Suggestion) -> None:
    """Raises an error unless there is a single command without hidden characters, because nobody
    will look at it."""
    if len(suggestion.commands) > 1:
        count = len(suggestion.commands)
        raise NotAnAnswer(
            msg("the model gave {count} commands instead of one", count=count),
            hint=msg("ask for one command, or use another model with -m"),
        )
    if suggestion.hides:
        reasons = joined("; ", dict.fromkeys(d.reason for d in suggestion.dangers if d.hides))
        raise NotAnAnswer(
            msg("the command is not printed: {reasons}", reasons=reasons),
            hint=msg("without --print, llmchat cmd shows it at a terminal"),
        )


def tell_dangers(context: Context, suggestion: Suggestion) -> None:
    """Prints the dangers on stderr, one line each."""
    for danger in suggestion.dangers[:MOST_TOLD]:
        context.report.warning(
            msg("careful: {danger_line}", danger_line=danger_line(suggestion, danger))
        )


def danger_line(suggestion: Suggestion, danger: Danger) -> str:
    """A line about a danger: `rm -rf: deletes folders and everything in them`."""
    place = " ".join(suggestion.text[danger.start : danger.end].split())
    return msg("{place}: {reason}", place=place, reason=danger.reason) if place else danger.reason


def _at_terminal(context: Context, asker: CommandAsker, wish: str, open_editor: OpenEditor) -> int:
    from llmchat.app.cmd.dialog import CommandDialog, CommandTools  # only for a person
    from llmchat.render.stderr.shell_command import CommandView

    world, captured = context.world, not is_terminal(context.world.stdout)
    dialect = asker.target.dialect
    view = CommandView(context.screen(world.stderr), context.theme, dialect.lexer)
    edit = open_editor(world.stdin, world.stderr)
    tools = CommandTools(world.stdin, world.stderr, view, edit, takes=captured)

    async def dialog() -> CommandEnding:
        suggestion = await asker.suggestion(wish)
        return await CommandDialog(context, asker, wish, tools).run(suggestion)

    ending = signals.run(dialog)
    if ending.way == "taken" and not captured:
        return _run(context, asker, ending.text)
    if ending.way == "taken":
        context.print(ending.text)
        return 0
    return NOT_TAKEN if captured else 0


def _run(context: Context, asker: CommandAsker, command: str) -> int:
    from llmchat.app.cmd.running import run_command  # only if the person chose to run it

    world = context.world
    return run_command(
        command,
        asker.target.shell,
        environ=world.environ,
        cwd=world.cwd,
        stdin=world.stdin,
        stdout=world.stdout,
        stderr=world.stderr,
    )


def _explain(context: Context, command: str, *, allow_secrets: bool) -> int:
    """Explains a command; the answer is shown as usual but not saved."""
    from llmchat.app.ask.ask import ask
    from llmchat.app.ask.input.question import AskOptions
    from llmchat.shell_command.wording import explaining

    system = target_shell(context.world.environ).for_explaining
    own = {"system": system, "save": False, "template": ""}
    question = AskOptions(words=(explaining(command),), allow_secrets=allow_secrets)
    return ask(context.with_flags({**context.flags, **own}), question)
