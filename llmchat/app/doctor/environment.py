"""Checks the environment: Python, terminal, encoding, proxies."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Iterator

from llmchat import __version__
from llmchat.app.doctor.check import Check, ok, warning
from llmchat.app.run.context import Context
from llmchat.app.run.streams import is_colored, is_terminal
from llmchat.language import joined, msg
from llmchat.system.terminals import is_dumb
from llmchat.values.urls import without_userinfo

NARROW = 40
PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY", "LLMCHAT_PROXY")


def environment_checks(context: Context) -> Iterator[Check]:
    said = msg(
        "{version}, Python {python_version}, {system}",
        version=__version__,
        python_version=platform.python_version(),
        system=f"{platform.system()} {platform.release()} {platform.machine()}",
    )
    yield ok("llmchat", said)
    yield _terminal(context)
    yield _encoding(context)
    yield _proxies(context)


def _terminal(context: Context) -> Check:
    about, world = msg("terminal"), context.world
    streams = {"stdin": world.stdin, "stdout": world.stdout, "stderr": world.stderr}
    here = [name for name, stream in streams.items() if is_terminal(stream)]
    term = world.environ.get("TERM", "")
    if not here:
        return ok(about, msg("none; answers are plain text"))
    size = shutil.get_terminal_size()
    color = msg("colour") if is_colored(world.stdout, world.environ, "auto") else msg("no colour")
    screen = f"{size.columns}x{size.lines}"
    said = joined(", ", [term or msg("TERM is not set"), screen, color, *here])
    if size.columns < NARROW:
        wider = msg("widen the window to {narrow} columns or more for tables", narrow=NARROW)
        return warning(about, said, wider)
    if is_dumb(world.environ):
        return warning(about, said, msg("set TERM=xterm-256color for full rendering"))
    return ok(about, said)


def _encoding(context: Context) -> Check:
    about = msg("encoding")
    encoding = getattr(context.world.stdout, "encoding", None) or msg("unknown")
    if "utf" in encoding.lower():
        return ok(about, encoding)
    said = msg("stdout is {encoding}, which cannot show most languages", encoding=encoding)
    return warning(about, said, msg("set LC_ALL=C.UTF-8 or PYTHONUTF8=1"))


def _proxies(context: Context) -> Check:
    environ = context.world.environ
    named = {n: environ.get(n) or environ.get(n.lower()) for n in PROXIES}
    configured = str(context.settings.get("proxy").value)
    shown = {n: v if n == "NO_PROXY" else without_userinfo(v) for n, v in named.items() if v}
    found = [f"{name}={value}" for name, value in shown.items()]
    found += [f"proxy={without_userinfo(configured)}"] if configured else []
    return ok(msg("proxy"), joined(", ", found) if found else msg("none"))
