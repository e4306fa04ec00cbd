"""The person's own editor, for files that are meant to be edited by hand."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from llmchat.app.streams import is_terminal
from llmchat.errors import ConfigError, UsageError
from llmchat.programs import find, start
from llmchat.world import World

USUAL = ("editor", "nano", "vim", "vi", "notepad")
HINT = "export EDITOR=nano"


def editor_of(world: World) -> list[str]:
    """Asked for before anything is written."""
    return editor_command(world.environ, terminal=is_terminal(world.stdin))


def edit_file(path: Path, command: Sequence[str], *, environ: Mapping[str, str]) -> None:
    """Opens the file and waits until the editor ends."""
    try:
        begun = start([*command, str(path.absolute())], environ)
        status = subprocess.run(**begun, check=False).returncode
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
    found = next(filter(None, (find(name, environ) for name in USUAL)), "")
    if not found:
        raise UsageError("no editor is known", hint=HINT)
    if not terminal:
        raise UsageError("there is no terminal to edit in", hint="EDITOR=... says what edits")
    return [found]
