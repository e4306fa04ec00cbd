"""Opens a file or a text in the person's editor.

Why: docs/decisions/0049-no-editor-without-a-person.md.
"""

from __future__ import annotations

import shlex
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from llmchat.errors import ConfigError, UsageError
from llmchat.language import msg
from llmchat.system.opening import read_regular
from llmchat.system.programs import find, start

USUAL = ("editor", "nano", "vim", "vi", "notepad")
LARGEST = 64_000_000  # bytes; the limits of a prompt are checked later
HINT = msg("export EDITOR=nano")


def editor_command(environ: Mapping[str, str], *, terminal: bool) -> list[str]:
    """The editor's command: VISUAL, then EDITOR, then an installed one. Raises an error if there is
    no terminal, because the editor would wait forever."""
    for variable in ("VISUAL", "EDITOR"):
        text = environ.get(variable, "").strip()
        if text:
            try:
                return shlex.split(text)
            except ValueError as error:
                raise ConfigError(
                    msg("{variable} has an unclosed quote", variable=variable), hint=HINT
                ) from error
    found = next(filter(None, (find(name, environ) for name in USUAL)), "")
    if not found:
        raise UsageError(msg("no editor found"), hint=HINT)
    if not terminal:
        raise UsageError(
            msg("the editor needs a terminal"),
            hint=msg("set EDITOR to a program that needs no terminal"),
        )
    return [found]


def edit_file(
    path: Path,
    command: Sequence[str],
    *,
    environ: Mapping[str, str],
    stdin: TextIO | None = None,
    stdout: TextIO | None = None,
) -> None:
    """Opens a file in the editor, and waits until it is closed."""
    try:
        begun = start([*command, str(path.absolute())], environ)
        done = subprocess.run(**begun, stdin=stdin, stdout=stdout, check=False)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or msg("cannot be started")
        raise ConfigError(
            msg("{command}: {reason}", command=command[0], reason=reason), hint=HINT
        ) from error
    if done.returncode:
        facts = {"command": command[0], "returncode": done.returncode}
        raise ConfigError(msg("{command} exited with status {returncode}", **facts), hint=HINT)


def edit_text(
    text: str,
    command: Sequence[str],
    *,
    environ: Mapping[str, str],
    stdin: TextIO | None,
    stdout: TextIO | None,
) -> str:
    """Opens a text in the editor; returns it as it was saved."""
    descriptor, name = tempfile.mkstemp(prefix="llmchat-", suffix=".md")
    path = Path(name)
    try:
        with open(descriptor, "w", encoding="utf-8", errors="replace") as file:
            file.write(text)
        edit_file(path, command, environ=environ, stdin=stdin, stdout=stdout)
        return read_regular(path, LARGEST).decode("utf-8", "replace").rstrip("\n")
    finally:
        with suppress(OSError):
            path.unlink()
