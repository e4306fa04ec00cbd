"""Runs a command of the command line that a plugin adds; built-in commands take precedence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass

from llmchat.app.run.bare_context import BareContext, open_bare
from llmchat.errors import LlmchatError, UsageError
from llmchat.language import msg
from llmchat.world import World

WORD = re.compile(r"[A-Za-z0-9][\w-]*")


@dataclass(frozen=True, slots=True)
class LineOfPlugin:
    """The `CommandLine` of llmchat.plugin, which a plugin's command gets."""

    words: Sequence[str]
    context: BareContext

    def read(self) -> str:
        return self.context.world.stdin.read()

    def say(self, text: str) -> None:
        from llmchat.cli.output import write_text

        write_text(self.context, text)

    def tell(self, text: str) -> None:
        self.context.report.notice(text)


def run_plugin_command(argv: Sequence[str], world: World) -> int | None:
    """Runs a plugin's command and returns its exit code; None if no enabled plugin has that
    name."""
    if not WORD.fullmatch(argv[0]):
        return None
    context = open_bare(world)
    if not context.resources.plugins:
        return None
    from llmchat.app.setup.plugins import load_plugin_command, plugin_command

    entry = plugin_command(context, argv[0])
    if entry is None:
        return None
    from llmchat.system.loading import failure, raised

    command = load_plugin_command(entry)
    if command.on_command_line is None:
        problem = msg("{name} works only in a session", name=entry.name)
        raise UsageError(problem, hint=msg("llmchat chat, then /{name}", name=entry.name))
    if "--help" in argv[1:] or "-h" in argv[1:]:
        context.print(
            context.report.safe(
                msg("llmchat {name}: {about}", name=entry.name, about=command.about)
            )
        )
        return 0
    try:
        with redirect_stdout(world.stdout):  # its prints are its output, as with any command
            return command.on_command_line(LineOfPlugin(tuple(argv[1:]), context)) or 0
    except (LlmchatError, OSError):
        raise
    except SystemExit as left:  # argparse exits like this
        return left.code if isinstance(left.code, int) else int(left.code is not None)
    except Exception as error:
        raise failure(entry, raised(error)) from error
