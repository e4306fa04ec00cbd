"""Finds out for which shell and system a command is written; nothing else about the machine is
sent.

The shell is the one llmchat was called from, which may not be the login shell.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from llmchat.shell_command.dialects import KNOWN, dialect_of
from llmchat.shell_command.wording import TargetShell
from llmchat.system.programs import find, start

PATIENCE = 2.0  # seconds for `ps`
POWERSHELL_FOLDERS = 3  # in PSModulePath: PowerShell sets that many, cmd.exe has fewer


def target_shell(environ: Mapping[str, str], *, parent: int = 0) -> TargetShell:
    """The shell and system; `parent` is the process that called llmchat."""
    path = _shell(environ, parent or os.getppid())
    return TargetShell(dialect_of(name_of(path)), path, system_name())


def name_of(path: str) -> str:
    """The shell's name: `zsh` for `/bin/zsh`, for a login shell's `-zsh` and for `zsh.exe`."""
    name = path.replace("\\", "/").rpartition("/")[2].removesuffix(" (deleted)")
    return name.lower().removesuffix(".exe").lstrip("-")


def system_name() -> str:
    """The system's name as people know it."""
    system, machine = platform.system(), platform.machine()
    if system == "Linux":
        with suppress(OSError):
            return f"{platform.freedesktop_os_release()['PRETTY_NAME']} (Linux, {machine})"
    if system == "Darwin":
        return f"macOS {platform.mac_ver()[0]} ({machine})"
    return f"{system} {platform.release()} ({machine})"


def _shell(environ: Mapping[str, str], parent: int) -> str:
    if sys.platform == "win32":
        return _on_windows(environ)
    path = _program_of(parent, environ)
    own = environ.get("SHELL", "")
    if name_of(path) in KNOWN:
        if Path(path).is_absolute():
            return path.removesuffix(" (deleted)")
        return own if name_of(own) == name_of(path) else find(name_of(path), environ)
    return own if Path(own).is_absolute() else "/bin/sh"


def _on_windows(environ: Mapping[str, str]) -> str:
    folders = environ.get("PSModulePath", "").split(";")
    if len(folders) < POWERSHELL_FOLDERS:
        return environ.get("COMSPEC") or find("cmd.exe", environ)
    return find("pwsh.exe", environ) or find("powershell.exe", environ)


def _program_of(process: int, environ: Mapping[str, str]) -> str:
    """The program of a process; "" if unknown."""
    with suppress(OSError):
        return str(Path(f"/proc/{process}/exe").readlink())
    with suppress(OSError, subprocess.SubprocessError):
        begun = start(["ps", "-o", "comm=", "-p", str(process)], environ)
        done = subprocess.run(**begun, capture_output=True, timeout=PATIENCE, check=False)
        return done.stdout.decode("utf-8", "replace").strip()
    return ""
