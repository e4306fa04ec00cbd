"""Runs a command that the person agreed to, at the terminal, in their shell and folder.

Why: docs/decisions/0127-commands-from-words.md.
"""

from __future__ import annotations

import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TextIO

from llmchat.app.run.context import REGISTRY
from llmchat.errors import ConfigError
from llmchat.language import msg
from llmchat.settings.checks.variables import without_keys
from llmchat.settings.keys import PREFIX
from llmchat.system.programs import start_shell

FROM_KEYS = ("SIGINT", "SIGQUIT")  # the terminal sends these to the command too
FROM_OTHERS = ("SIGTERM", "SIGHUP")  # these are forwarded to it


def run_command(
    command: str,
    shell: str,
    *,
    environ: Mapping[str, str],
    cwd: Path,
    stdin: TextIO,
    stdout: TextIO,
    stderr: TextIO,
) -> int:
    """Runs the command; returns its exit code, or 128 and the number of the signal that ended
    it."""
    begun = start_shell(command, bare_environment(environ), cwd, shell=shell)
    running: list[subprocess.Popen[bytes]] = []
    with _signals_passed_on(running):
        try:
            process = subprocess.Popen(
                **begun,
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
            )
        except OSError as error:
            reason = error.strerror or msg("unknown error")
            raise ConfigError(
                msg("{shell}: {reason}", shell=shell, reason=reason),
                hint=msg("export SHELL=/bin/sh"),
            ) from error
        running.append(process)
        status = process.wait()
    return 128 - status if status < 0 else status


def keyless_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment without the API keys of services."""
    return without_keys(environ, (n for names in REGISTRY.key_variables.values() for n in names))


def bare_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment without API keys and without llmchat's variables."""
    kept = keyless_environment(environ)
    return {name: value for name, value in kept.items() if not name.startswith(PREFIX)}


@contextmanager
def _signals_passed_on(running: list[subprocess.Popen[bytes]]) -> Iterator[None]:
    """Forwards signals to the command, which decides what Ctrl-C means. Signals are handled, not
    ignored, because the command would inherit ignored ones."""

    def leave_to_command(number: int, frame: FrameType | None) -> None:
        return

    def pass_on(number: int, frame: FrameType | None) -> None:
        for process in running:
            process.send_signal(number)

    if threading.current_thread() is not threading.main_thread():
        yield  # in a session, which lends the terminal to the command and has its own handlers
        return
    before = {}
    handlers = [*((n, leave_to_command) for n in FROM_KEYS), *((n, pass_on) for n in FROM_OTHERS)]
    for name, handler in handlers:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            before[number] = signal.signal(number, handler)
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)
