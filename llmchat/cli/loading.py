"""The commands as Typer has them, each imported when it is asked for, with its examples."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from llmchat.cli.commands import COMMANDS
from llmchat.cli.examples import epilog

HELP = ("-h", "--help")


def load_command(name: str) -> Any:
    """One command or group of commands; its file is imported."""
    from typer.main import get_command  # 30 ms

    module = import_module(f"llmchat.cli.{COMMANDS[name].module}")
    command: Any = get_command(module.app)
    command.context_settings["help_option_names"] = list(HELP)
    _furnish(command, name)
    return command


def _furnish(command: Any, path: str) -> None:
    command.epilog = command.epilog or epilog(path)
    for name, child in getattr(command, "commands", {}).items():
        _furnish(child, f"{path} {name}")
