"""Imports what an entry point names, with a time limit; every failure becomes the same error.

Why: docs/decisions/0143-a-plugin-is-imported-when-used.md.
"""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from threading import Thread
from typing import Any

from llmchat.errors import LlmchatError, Unavailable
from llmchat.language import msg
from llmchat.system.entry_points import EntryPoint
from llmchat.system.plugin_output import plugin_output

LONGEST = 5.0  # seconds for an import
LONGEST_TEXT = 200  # characters of a plugin's own text in a message

_found: dict[tuple[str, str, str], Any] = {}  # objects or errors, so that nothing is imported twice


def load_object(entry: EntryPoint, *, seconds: float = LONGEST) -> Any:
    """The object; raises Unavailable if the plugin raises, does not exist, or takes too long."""
    if entry.key not in _found:
        _found[entry.key] = _imported(entry, seconds)
    found = _found[entry.key]
    if isinstance(found, LlmchatError):
        raise failure_again(found)
    return found


def failure_again(error: LlmchatError) -> LlmchatError:
    """A copy of an error, because one that was raised has a traceback."""
    return Unavailable(error.message, hint=error.hint)


def failure(entry: EntryPoint, problem: str) -> LlmchatError:
    """The error of a plugin, with what to do about it."""
    words = " ".join(problem.split())[:LONGEST_TEXT]
    name = entry.distribution
    return Unavailable(
        msg(
            "plugin {name} ({kind} {name2}) cannot be used: {words}",
            name=name,
            kind=msg(entry.kind),
            name2=entry.name,
            words=words,
        ),
        hint=msg("llmchat plugins check {name}, or llmchat plugins disable {name}", name=name),
    )


def raised(error: BaseException) -> str:
    try:
        said = str(error)
    except Exception:  # a bug of the plugin; the error must still be made
        said = ""
    return f"{type(error).__name__}: {said}".rstrip(": ")


def _imported(entry: EntryPoint, seconds: float) -> Any:
    """Imports in a thread, which can be abandoned: an import may sleep or never end. The process
    does not wait for the thread when it exits."""
    ended: list[Any] = []

    def work() -> None:
        try:
            ended.append(_object(entry.value))
        except BaseException as error:
            ended.append(failure(entry, raised(error)))

    thread = Thread(target=work, daemon=True)
    with redirect_stdout(plugin_output(sys.stderr)):  # stdout is the answer
        thread.start()
        thread.join(seconds)
    if not ended:
        return failure(entry, msg("its import took more than {seconds:g} s", seconds=seconds))
    return ended[0]


def _object(value: str) -> Any:
    module, _, path = value.partition("[")[0].partition(":")
    found: Any = import_module(module.strip())
    for name in path.strip().split(".") if path.strip() else ():
        found = getattr(found, name)
    return found


def source_of(entry: EntryPoint) -> tuple[Path, str]:
    """The file of its module, and the name after the colon. Nothing is imported."""
    module, _, name = entry.value.partition("[")[0].partition(":")
    head, *rest = module.strip().split(".")
    try:
        spec = find_spec(head)
    except (ImportError, ValueError):
        spec = None
    for place in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(place, *rest)
        for file in (path / "__init__.py", path.with_name(f"{path.name}.py")):
            if file.is_file():
                return file, name.strip()
        if path.is_dir():
            return path, name.strip()
    if spec and spec.origin and not rest:
        return Path(spec.origin), name.strip()
    raise failure(entry, msg("there is no module {module}", module=module.strip()))


def folder_of(entry: EntryPoint) -> Path:
    """The folder of the package that it names."""
    path, _ = source_of(entry)
    return path if path.is_dir() else path.parent
