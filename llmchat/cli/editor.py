"""The person's own editor, for files that are meant to be edited by hand."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from llmchat.app.terminal import is_terminal
from llmchat.errors import ConfigError, UsageError
from llmchat.world import World

USUAL = ("editor", "nano", "vim", "vi", "notepad")
HINT = "export EDITOR=nano"


def edit_file(path: Path, world: World) -> None:
    """Opens the file and waits until the editor ends."""
    environ = world.environ
    command = editor_command(environ, terminal=is_terminal(world.stdin))
    try:
        status = subprocess.run([*command, str(path)], env=dict(environ), check=False).returncode
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "cannot be started"
        raise ConfigError(f"{command[0]}: {reason}", hint=HINT) from error
    if status:
        raise ConfigError(f"{command[0]} ended with status {status}", hint=HINT)


def editor_command(environ: Mapping[str, str], *, terminal: bool) -> list[str]:
    """VISUAL, then EDITOR, then what the machine has: that would wait for a person for ever where
    none can be."""
    for variable in ("VISUAL", "EDITOR"):
        text = environ.get(variable, "").strip()
        if text:
            try:
                return shlex.split(text)
            except ValueError as error:
                raise ConfigError(f"{variable} has an open quote", hint=HINT) from error
    if not terminal:
        raise UsageError("there is no terminal to edit in", hint="EDITOR=... says what edits")
    for name in USUAL:
        found = shutil.which(name, path=environ.get("PATH"))
        if found:
            return [found]
    raise UsageError("no editor is known", hint=HINT)
