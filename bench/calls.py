"""How many of our own function calls stand between argv and the wire, and in how many files.

    python bench/calls.py [--list]

One piped `ask` runs in this process against a loopback server. Every call of a function whose code
lives in llmchat/ is counted as `sys.setprofile` tells it (a generator counts each time it goes on;
bodies of modules and classes and the comprehensions that Python 3.12
calls no more do not) until the first byte leaves for the server. `--list` names them.
"""

from __future__ import annotations

import inspect
import io
import os
import sys
import tempfile
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import Any

import llmchat
from bench.startup import serving

PACKAGE = str(Path(llmchat.__file__).parent)
FUNCTION = inspect.CO_NEWLOCALS | inspect.CO_OPTIMIZED  # neither a module nor a class


class Profile:
    """Counts calls until something is sent to `port`."""

    def __init__(self, port: int) -> None:
        self.calls: Counter[tuple[str, str]] = Counter()
        self._port = port

    def __call__(self, frame: FrameType, event: str, arg: Any) -> None:
        code = frame.f_code
        inlined = code.co_name in ("<listcomp>", "<dictcomp>", "<setcomp>")
        function = not inlined and code.co_flags & FUNCTION == FUNCTION
        if event == "call" and function and code.co_filename.startswith(PACKAGE):
            name = Path(code.co_filename).relative_to(PACKAGE)
            self.calls[str(name), code.co_qualname] += 1
        elif event == "c_call" and arg.__name__ == "send" and self._is_wire(arg.__self__):
            sys.setprofile(None)

    def _is_wire(self, sock: Any) -> bool:
        try:
            return bool(sock.getpeername()[1] == self._port)
        except (AttributeError, IndexError, OSError):  # a generator's send, a pair of sockets
            return False


def counted(url: str, folder: Path) -> Counter[tuple[str, str]]:
    """The calls of `echo hi | llmchat ask -p box` with one server in the settings file."""
    from llmchat.cli.main import run
    from llmchat.world import World

    (folder / "config.toml").write_text(
        f'[providers.box]\ntype = "openai"\nbase_url = "{url}"\nmodel = "m"\n', "utf-8"
    )
    environ = {"HOME": str(folder), "LLMCHAT_HOME": str(folder), "PATH": os.environ["PATH"]}
    stdin, stdout, stderr = io.StringIO("hi\n"), io.StringIO(), io.StringIO()
    profile = Profile(int(url.rpartition(":")[2].partition("/")[0]))
    sys.setprofile(profile)
    code = run(["ask", "-p", "box"], World(environ, stdin, stdout, stderr, folder))
    sys.setprofile(None)
    if code or stdout.getvalue() != "Hello\n":
        raise SystemExit(f"ask ended with {code}: {stderr.getvalue()}")
    return profile.calls


def main() -> None:
    with tempfile.TemporaryDirectory() as name, serving() as url:
        calls = counted(url, Path(name))
    if "--list" in sys.argv:
        for (file, function), number in calls.most_common():
            print(f"{number:6}  {file}  {function}")
    rooms: Counter[str] = Counter()
    for (file, _), number in calls.items():
        rooms[Path(file).parts[0]] += number
    print(", ".join(f"{room} {number}" for room, number in rooms.most_common()))
    files = {file for file, _ in calls}
    print(f"{calls.total()} calls in {len(files)} files between argv and the wire")


if __name__ == "__main__":
    main()
