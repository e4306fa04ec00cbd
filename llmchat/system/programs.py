"""Starts other programs: finds them, and sets their working folder and environment.

All callers use `start`, so that none of the three depends on the current folder, which may be
somebody else's clone (docs/decisions/0059-no-program-from-the-folder.md).
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Mapping, Sequence
from typing import TypedDict

SHELL_FLAGS = {"cmd": "/c", "powershell": "-Command", "pwsh": "-Command"}  # others: -c
SEARCHED = ("PATH", "PYTHONPATH")  # lists of folders, in which an empty entry is the current one


class Start(TypedDict):
    """Arguments for `subprocess`: `subprocess.run(**start(words, environ))`."""

    args: list[str]
    env: dict[str, str]
    cwd: str


def start(words: Sequence[str], environ: Mapping[str, str]) -> Start:
    """How to start a program; raises FileNotFoundError if it does not exist."""
    program = find(words[0], environ)
    if not program:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), words[0])
    return Start(args=[program, *words[1:]], env=_environment(environ), cwd=_home(environ))


def start_shell(
    command: str, environ: Mapping[str, str], cwd: os.PathLike[str], *, shell: str = ""
) -> Start:
    """How to run a line that the person typed or agreed to in their shell, in their folder, as in
    any terminal. `shell` is the one the line was written for."""
    if not shell:
        usual = environ.get("COMSPEC") or "cmd.exe"
        shell = usual if sys.platform == "win32" else environ.get("SHELL") or "/bin/sh"
    if not os.path.isabs(shell):
        shell = find(shell, environ)
    name = os.path.basename(shell).lower().removesuffix(".exe")
    flag = SHELL_FLAGS.get(name, "-c")
    folder = os.fspath(cwd) if os.path.isdir(cwd) else os.curdir  # it may have been deleted
    return Start(args=[shell, flag, command], env=dict(environ), cwd=folder)


def find(name: str, environ: Mapping[str, str]) -> str:
    """The absolute path of a program; "" if no folder of PATH has it.

    Not `shutil.which`, which also looks in the current folder: on Windows always, elsewhere for an
    empty entry. A relative entry is resolved against the home folder.
    """
    if os.path.dirname(name):
        return os.path.join(_home(environ), name)
    folders = _absolute(environ.get("PATH") or os.defpath)
    places = (os.path.join(f, name + ending) for f in folders for ending in _endings(environ))
    return next((place for place in places if _is_program(place)), "")


def _endings(environ: Mapping[str, str]) -> Sequence[str]:
    if sys.platform == "win32":
        return ("", *environ.get("PATHEXT", ".COM;.EXE;.BAT;.CMD").split(";"))
    return ("",)


def _is_program(path: str) -> bool:
    return os.path.isfile(path) and os.access(path, os.X_OK)


def _environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment without references to the current folder, in lists of folders and in
    variables such as PWD."""
    kept = {name: value for name, value in environ.items() if name != "OLDPWD"}
    for name in SEARCHED:
        if name in kept:
            kept[name] = os.pathsep.join(_absolute(kept[name]))
    return {**kept, "PWD": _home(environ)}


def _absolute(folders: str) -> list[str]:
    return [folder for folder in folders.split(os.pathsep) if os.path.isabs(folder)]


def _home(environ: Mapping[str, str]) -> str:
    """The home folder, as a working folder that does not depend on where llmchat is called."""
    home = environ.get("USERPROFILE" if sys.platform == "win32" else "HOME", "")
    return home if os.path.isabs(home) and os.path.isdir(home) else os.path.abspath(os.sep)
