"""`llmchat cmd`: turn words into a shell command."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, TextIO

import typer

from llmchat.cli import options
from llmchat.cli.options import argument, flag
from llmchat.errors import UsageError
from llmchat.language import msg

if TYPE_CHECKING:
    from llmchat.app.run.context import Context
    from llmchat.world import World

app = options.CommandApp()

NOT_FOR_COMMANDS = (
    "system", "template", "no_save", "usage", "no_stream", "no_instructions", "connect_timeout",
    "first_token_timeout", "stall_timeout", "content_timeout", "max_input", "no_wait",
)  # fmt: skip


class CmdFlags(options.Flags):
    words: list[str] | None = argument("What the command should do.")
    print_: bool = flag("--print", "Only print the command; never run it.")
    explain: bool = flag("--explain", "Explain the given command instead.")
    line: bool = flag("--line", hidden=True)
    quiet: options.Quiet = False
    allow_secrets: options.AllowSecrets = False


@app.add(
    'llmchat cmd "find files over 1 GB"',
    'llmchat cmd --explain "tar xzf a.tgz"',
    'c=$(llmchat cmd "count the lines of all Python files")',
)
@partial(options.with_flags, without=NOT_FOR_COMMANDS)
def cmd(ctx: typer.Context, flags: CmdFlags, service: options.ServiceFlags) -> int:
    """Turn words into one command for your shell. Nothing runs until you press r."""
    from llmchat.app.cmd import cmd as use_case

    if flags.explain and flags.print_:
        raise UsageError(msg("--explain and --print cannot be combined"), hint=msg("leave one out"))

    def open_(world: World) -> Context:
        from llmchat.app.run.context import open_context

        return open_context(world, service.settings(), quiet=flags.quiet)

    given = use_case.CmdOptions(
        tuple(flags.words or ()), flags.print_, flags.explain, flags.allow_secrets
    )
    if flags.line:
        from llmchat.app.cmd.line import answer_line  # only for a shell's key binding

        return answer_line(ctx.obj, open_, replace(given, prints=True))
    return use_case.cmd(open_(ctx.obj), given, _open_editor)


def _open_editor(keys: TextIO, screen: TextIO) -> Callable[[str], Awaitable[str | None]]:
    async def edit(text: str) -> str | None:
        from llmchat.repl.input.one_line import line_editor  # prompt_toolkit: 100 ms, after an e

        return await line_editor(keys, screen)(text)

    return edit
