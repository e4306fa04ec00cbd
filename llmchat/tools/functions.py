"""Functions of a Python file as tools; each call runs in a separate process."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from llmchat.errors import UsageError
from llmchat.language import msg
from llmchat.language.nearest import aside
from llmchat.settings.tools import ToolConfig
from llmchat.system.opening import read_named
from llmchat.system.programs import Start
from llmchat.tools import call_function
from llmchat.tools.commands import StartedForEachCall, run_for_model
from llmchat.tools.processes import prepared
from llmchat.tools.signatures import functions_of
from llmchat.tools.tool import ToolDefinition, ToolOutput, has_changed, hash_of

LARGEST = 1_000_000  # bytes; larger files are refused


class FunctionFile(StartedForEachCall):
    """A host of the functions in one file, or of the one that `only` names.

    A definition contains a hash of the whole file, so that approval is given to this code only.
    """

    def __init__(
        self, config: ToolConfig, path: Path, *, only: str, environ: Mapping[str, str], most: int
    ) -> None:
        self.name = "" if only else config.name
        self._config, self._path, self._only = config, path, only
        self._environ, self._most = environ, most
        self.identity, self._tools = self._read()

    async def definitions(self) -> Sequence[ToolDefinition]:
        """The functions in the file, or in its last valid version."""
        with suppress(UsageError):
            self.identity, self._tools = self._read()
        return list(self._tools.values())

    fresh_definitions = definitions

    async def call(self, name: str, arguments: Mapping[str, Any], expected: str) -> ToolOutput:
        try:
            identity, tools = self._read()
        except UsageError as error:
            return ToolOutput(error.message, "error")
        if name not in tools or tools[name].hash(identity) != expected:
            return has_changed(name)
        timeout = self._config.timeout
        return await run_for_model(
            self._start(name), arguments, label=name, timeout=timeout, max_result=self._most
        )

    def _start(self, name: str) -> Start:
        script = str(Path(call_function.__file__))
        words = [sys.executable, "-I", script, str(self._path), name]
        env = {"PYTHONIOENCODING": "utf-8", **self._config.env}
        return prepared(self._config, self._environ, words=words, env=env)

    def _read(self) -> tuple[str, dict[str, ToolDefinition]]:
        """The definitions in the file, and a hash of everything that runs."""
        source = _source(self._path)
        try:
            found = functions_of(source)
        except (SyntaxError, ValueError, RecursionError) as error:
            line = getattr(error, "lineno", None)
            place = msg("{path}:{line}", path=self._path, line=line) if line else str(self._path)
            raise UsageError(
                msg("{place}: not valid Python", place=place), hint=msg("correct the file")
            ) from error
        if self._only and self._only not in found:
            problem = msg(
                "{path} has no function {only}{aside}",
                path=self._path,
                only=self._only,
                aside=aside(self._only, found),
            )
            raise UsageError(problem, hint=msg("name a top-level function in the file"))
        if not found:
            raise UsageError(
                msg("{path} has no functions", path=self._path),
                hint=msg("write: def name(city: str): ..."),
            )
        own = {self._only: found[self._only]} if self._only else found
        env = sorted(self._config.env.items())
        return hash_of([str(self._path), source, self._config.cwd, env]), own


def _source(path: Path) -> str:
    too_large = UsageError(
        msg("{path} is too large for a file of functions", path=path),
        hint=msg("use a smaller file"),
    )
    return read_named(path, LARGEST, too_large=too_large)
