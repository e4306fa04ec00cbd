"""Shows long text in the person's pager, as git does."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from shlex import split
from typing import TextIO

from llmchat.render.plain import write_whole
from llmchat.system.programs import start

DEFAULT = "less"
PATIENCE = 2.0  # seconds for a pager to restore the terminal
QUIT_IF_SHORT = "FRX"  # for less: exit if the text fits, keep colours, keep the screen


def page(text: str, stream: TextIO, *, height: int, environ: Mapping[str, str]) -> None:
    """Shows text in the pager, or writes it directly if it fits on the terminal `stream`."""
    command = _command(environ)
    if text.count("\n") + 2 <= height or not command or command == ["cat"]:
        _write(text, stream)
        return
    variables = {**environ, "LESS": environ.get("LESS", QUIT_IF_SHORT), "LESSCHARSET": "utf-8"}
    stream.flush()
    try:
        begun = start(command, variables)
        pager = subprocess.Popen(**begun, stdin=subprocess.PIPE, stdout=stream)
    except OSError:
        _write(text, stream)
        return
    try:
        pager.communicate((text + "\n").encode("utf-8", "replace"))
    except BrokenPipeError:  # the person has quit
        pager.wait()
    except BaseException:  # after Ctrl-C `less` would continue and keep the terminal
        _end(pager)
        raise


def _command(environ: Mapping[str, str]) -> list[str]:
    """The pager's command; empty if its quotes are not closed: then the text is printed
    directly."""
    try:
        return split(environ.get("LLMCHAT_PAGER") or environ.get("PAGER") or DEFAULT)
    except ValueError:
        return []


def _end(pager: subprocess.Popen[bytes]) -> None:
    """Terminates the pager; kills it if it does not end."""
    pager.terminate()
    try:
        pager.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        pager.kill()
        pager.wait()


def _write(text: str, stream: TextIO) -> None:
    write_whole(stream, text + "\n", tty=True)
