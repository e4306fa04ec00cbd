"""Prepares the programs of tools: their command line, folder, and the few variables they get."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from llmchat.errors import ToolServerError
from llmchat.language import msg
from llmchat.settings.tools import ToolConfig
from llmchat.system.opening import is_file, is_folder
from llmchat.system.programs import Start, start
from llmchat.tools import guard

# The variables that MCP libraries pass to a server; others must be named in `env`.
INHERITED = ("HOME", "LOGNAME", "PATH", "SHELL", "TERM", "USER")
INHERITED_ON_WINDOWS = (
    "APPDATA",
    "HOMEDRIVE",
    "HOMEPATH",
    "LOCALAPPDATA",
    "PATH",
    "PATHEXT",
    "PROCESSOR_ARCHITECTURE",
    "SYSTEMDRIVE",
    "SYSTEMROOT",
    "TEMP",
    "USERNAME",
    "USERPROFILE",
)
HAS_GUARD = sys.platform != "win32"  # on Windows, the SDK's job objects end what a server started


def prepared(
    config: ToolConfig,
    environ: Mapping[str, str],
    *,
    words: Sequence[str] = (),
    env: Mapping[str, str] | None = None,
) -> Start:
    """How to start a tool's program, with its whole environment; raises ToolServerError if the
    program does not exist. `words` and `env` replace those of the table."""
    words, env, name = words or config.words, env or config.env, config.name
    inherited = INHERITED if HAS_GUARD else INHERITED_ON_WINDOWS
    few = {key: environ[key] for key in inherited if environ.get(key)}
    try:
        begun = start([_spelled_out(words[0], few), *words[1:]], {**few, **env})
        if not is_file(begun["args"][0]):
            raise FileNotFoundError
    except FileNotFoundError:
        raise ToolServerError(
            msg("{name}: there is no program {words}", name=name, words=words[0]),
            hint=msg("llmchat config edit, [tools.{name}]", name=name),
        ) from None
    if "PWD" not in env:
        begun["env"].pop("PWD")  # the current folder may be different
    begun["cwd"] = _folder(config.cwd, begun["cwd"], name)
    return begun


def guarded(begun: Start, watched: int) -> Start:
    """The same under a guard that watches the descriptor `watched`."""
    if not HAS_GUARD:
        return begun
    keeps = "1" if "LC_CTYPE" in begun["env"] else "0"
    python = [sys.executable, "-I", "-S", str(Path(guard.__file__))]
    words = [*python, str(watched), keeps, *begun["args"]]
    return Start(args=words, env=begun["env"], cwd=begun["cwd"])


def _folder(cwd: str, home: str, name: str) -> str:
    """The working folder; a relative one is resolved against the home folder, as for all
    programs."""
    folder = home if cwd in ("", "~") else str(Path(home) / cwd.removeprefix("~/"))
    if not is_folder(folder):
        hint = msg("llmchat config set tools.{name}.cwd FOLDER", name=name)
        raise ToolServerError(
            msg("{name}: there is no folder {cwd}", name=name, cwd=cwd), hint=hint
        )
    return folder


def _spelled_out(program: str, environ: Mapping[str, str]) -> str:
    """The program with `~` expanded, as a shell would do."""
    own = program.startswith("~/") and environ.get("HOME")
    return str(Path(own) / program[2:]) if own else program
