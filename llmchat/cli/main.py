"""Runs a command: finds it, passes it the `World`, and turns errors into exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from copy import copy
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from llmchat import __version__
from llmchat.app.run.streams import is_terminal, is_unwritable, open_stdout, unwritable
from llmchat.cli.argv import keys_among, normalize_argv
from llmchat.cli.table import COMMANDS, HELP
from llmchat.errors import LlmchatError, Stopped, UsageError
from llmchat.language import ENGLISH, msg, use
from llmchat.values.secret import Mask
from llmchat.world import World

VERSION = ("-V", "-v", "--version")
CLOSED_PIPE = 141


def real_world() -> World:
    """The real environment, streams and clock. Nothing else reads them from the process."""
    try:
        cwd = Path.cwd()
    except OSError:  # the current folder was deleted; no other takes its place
        cwd = Path(f"{os.environ.get('PWD', '/')} (deleted)")
    return World(os.environ, sys.stdin, sys.stdout, sys.stderr, cwd)


def run(argv: Sequence[str], world: World) -> int:
    """Runs one command line and prints errors on stderr. A key among the arguments, where it does
    not belong, is masked in all messages."""
    world.secrets.extend(keys_among(argv))
    use(partial(_language, world))
    try:
        code = _dispatch(list(argv), world)
        if code == 0 and world.stdout is not None:
            world.stdout.flush()  # a full disk may show only now
        return code
    except LlmchatError as error:
        return _ended(error, argv, world)
    except BrokenPipeError:
        return CLOSED_PIPE
    except Stopped as stopped:
        return _ended(stopped.told, argv, world)
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        # Python 3.11 wraps it when it comes in a class body
        if isinstance(error.__cause__, KeyboardInterrupt):
            return 130
        if isinstance(error, OSError) and is_unwritable(error):
            return _ended(unwritable(error), argv, world)
        if world.environ.get("LLMCHAT_DEBUG"):
            _trace(error, world)
        return _ended(_fault(error), argv, world)
    finally:
        for end in world.endings:
            end()
        use(lambda: ENGLISH)


def _dispatch(argv: list[str], world: World) -> int:
    argv = with_flags_behind(argv)
    if argv[:1] == ["help"]:
        argv = [*argv[1:], "--help"]
    if not argv:
        argv = [bare_command(world)]
    if argv[0] in HELP:
        from llmchat.cli.help import overview  # only for the screen

        open_stdout(world.stdout).write(overview(world) + "\n")
        return 0
    if argv[0] in VERSION or argv == ["version"]:
        open_stdout(world.stdout).write(f"llmchat {__version__}\n")
        return 0
    if argv[0] not in COMMANDS:
        from llmchat.cli.implied_ask import full_command  # only if no command is named
        from llmchat.cli.plugin_commands import run_plugin_command

        if (code := run_plugin_command(argv, world)) is not None:
            return code
        argv = full_command(argv, load_command)
    return invoke(argv[0], argv[1:], world)


def bare_command(world: World) -> str:
    """The command that `llmchat` without arguments means: `chat` at a terminal, `ask` for a
    pipe."""
    if not is_terminal(world.stdin):
        return "ask"
    if is_terminal(world.stdout) and is_terminal(world.stderr):
        return "chat"
    raise UsageError(
        msg("nothing to ask"), hint=msg('llmchat ask "your question", or llmchat --help')
    )


def with_flags_behind(argv: list[str]) -> list[str]:
    """Moves leading flags behind the command: `llmchat --color never ask ...` becomes `llmchat ask
    --color never ...`."""
    if len(argv) > 2 and argv[0] == "--color" and argv[2][:1] != "-":
        return [argv[2], "--color", argv[1], *argv[3:]]
    if len(argv) > 1 and argv[0].startswith("--color=") and argv[1][:1] != "-":
        return [argv[1], argv[0], *argv[2:]]
    return argv


def invoke(name: str, argv: list[str], world: World) -> int:
    """Runs one command through Typer, and turns its usage errors into ours."""
    import typer

    # Typer carries its Click under a private name; this is its ClickException.
    usage_fault: type[Any] = typer.BadParameter.__mro__[2]

    if "--help" in argv:
        open_stdout(world.stdout)  # Typer fails silently if stdout cannot be written
    try:
        code = load_command(name, argv).main(
            normalize_argv(argv), prog_name=f"llmchat {name}", standalone_mode=False, obj=world
        )
    except typer.Exit as end:
        return end.exit_code
    except typer.Abort:
        return 130
    except SystemExit as left:  # Typer's Click exits like this when a pipe was closed
        if isinstance(left.__context__, BrokenPipeError):
            return CLOSED_PIPE
        raise
    except usage_fault as error:
        from llmchat.cli.usage import usage_error  # only for the error

        raise usage_error(error, name, argv) from None
    return code if isinstance(code, int) else 0


def load_command(name: str, argv: Sequence[str] = ()) -> Any:
    """Imports a command or a group of commands. Of a group, only the subcommand that `argv` begins
    with is built, because each costs half a millisecond."""
    from typer.main import get_command  # 30 ms

    app: Any = import_module(f"llmchat.cli.commands.{name}").app
    named = [c for c in app.registered_commands if argv[:1] == [c.name or c.callback.__name__]]
    if named and app.registered_callback:
        app = copy(app)
        app.registered_commands = named
    command: Any = get_command(app)
    command.context_settings["help_option_names"] = list(HELP)
    _give_help(command)
    return command


def _give_help(command: Any) -> None:
    """Gives a command and its subcommands our own `--help` screen."""
    command.get_help = partial(_help, command)
    for child in getattr(command, "commands", {}).values():
        _give_help(child)


def _help(command: Any, ctx: Any) -> str:
    from llmchat.cli.help import help_screen  # only where it is shown

    return help_screen(command, ctx)


def _language(world: World) -> str:
    from llmchat.language.choice import language_of  # only if something is printed

    return language_of(world.environ, world.stderr, partial(_settings_text, world))


def _settings_text(world: World) -> str:
    """The text of config.toml, or "". Its mistakes are reported elsewhere."""
    from llmchat.settings.toml.document import LARGEST
    from llmchat.store.paths import find_paths
    from llmchat.system.opening import read_regular

    try:
        return read_regular(find_paths(world.environ).config_file, LARGEST).decode(
            "utf-8", "replace"
        )
    except (OSError, LlmchatError):
        return ""


def _fault(error: Exception) -> LlmchatError:
    return LlmchatError(
        msg("internal error: {name}: {error}", name=type(error).__name__, error=error),
        hint=msg("run again with LLMCHAT_DEBUG=1 for details, and please report it"),
    )


def _ended(error: LlmchatError, argv: Sequence[str], world: World) -> int:
    from llmchat.app.run.bare_context import open_report
    from llmchat.cli.errors import is_for_program, tell_program

    error.rewrite(Mask(world.secrets))
    argv = with_flags_behind(list(argv))
    if is_for_program(argv):
        tell_program(error, argv, world)
    open_report(world).error(error)
    return error.exit_code


def _trace(error: Exception, world: World) -> None:
    from llmchat.render.stderr.trace import masked_traceback

    world.stderr.write(masked_traceback(error, world.environ, world.secrets))
