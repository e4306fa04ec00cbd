"""Shows long text in the person's pager, as git does."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from shlex import split
from typing import TextIO

from llmchat.system.programs import start

DEFAULT = "less"
QUIT_IF_SHORT = "FRX"  # less: leave if it fits, keep colours, keep the screen


def page(text: str, stream: TextIO, *, height: int, environ: Mapping[str, str]) -> None:
    """`stream` is a terminal; what fits on it is written as it is."""
    command = split(environ.get("LLMCHAT_PAGER") or environ.get("PAGER") or DEFAULT)
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
    except BrokenPipeError:  # the person has seen enough
        pager.wait()
    except BaseException:  # Ctrl-C ends both; `less` alone would go on, and hold the terminal
        pager.terminate()
        pager.wait()
        raise


def _write(text: str, stream: TextIO) -> None:
    stream.write(text + "\n")
    stream.flush()
