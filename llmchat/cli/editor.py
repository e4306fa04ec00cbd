"""The person's own editor, for files that are meant to be edited by hand."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from llmchat.errors import ConfigError, UsageError

USUAL = ("editor", "nano", "vim", "vi", "notepad")
HINT = "export EDITOR=nano"


def edit_file(path: Path, environ: Mapping[str, str]) -> None:
    """Opens the file and waits until the editor ends."""
    command = editor_command(environ)
    try:
        status = subprocess.run([*command, str(path)], env=dict(environ), check=False).returncode
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "cannot be started"
        raise ConfigError(f"{command[0]}: {reason}", hint=HINT) from error
    if status:
        raise ConfigError(f"{command[0]} ended with status {status}", hint=HINT)


def editor_command(environ: Mapping[str, str]) -> list[str]:
    """VISUAL, then EDITOR, then what the machine has."""
    for variable in ("VISUAL", "EDITOR"):
        text = environ.get(variable, "").strip()
        if text:
            try:
                return shlex.split(text)
            except ValueError as error:
                raise ConfigError(f"{variable} has an open quote", hint=HINT) from error
    for name in USUAL:
        found = shutil.which(name, path=environ.get("PATH"))
        if found:
            return [found]
    raise UsageError("no editor is known", hint=HINT)
