"""A configured command as a tool: arguments as JSON on stdin, the result on stdout."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from llmchat.errors import ConfigError
from llmchat.language import msg
from llmchat.settings.tools import ONE_TOOL, ToolConfig
from llmchat.settings.values import BadValue, coerced
from llmchat.system.opening import from_home, read_regular
from llmchat.system.programs import Start
from llmchat.tools.processes import HAS_GUARD, guarded, prepared
from llmchat.tools.tool import (
    NO_PARAMETERS,
    ToolContext,
    ToolDefinition,
    ToolOutput,
    cut_bytes,
    has_changed,
    hash_of,
)

LARGEST_SCHEMA = 256 * 1024  # bytes of the file that `parameters` names
LAST_WORDS = 2_000  # bytes of stderr that are sent to the model to explain a failure
END_TIMEOUT = 3.0  # seconds; its guard needs two for a program that does not end


class StartedForEachCall:
    """A host without processes between calls."""

    protocol = ""

    def start(self) -> None:
        """Does nothing: the program is started for each call."""

    async def aclose(self) -> None:
        """Does nothing: no process outlives a call."""


class CommandTool(StartedForEachCall):
    """A host with one tool."""

    def __init__(self, config: ToolConfig, context: ToolContext) -> None:
        self.name = ""  # the tool has only its own name
        self._config, self._max_result = config, context.settings.max_result
        self._start = prepared(config, context.environ)
        self.identity = hash_of([self._start["args"], config.cwd, sorted(config.env.items())])
        parameters = _schema(config, context.config_folder)
        self._definition = ToolDefinition(config.name, config.description, parameters)

    async def definitions(self) -> Sequence[ToolDefinition]:
        return [self._definition]

    fresh_definitions = definitions

    async def call(self, name: str, arguments: Mapping[str, Any], expected: str) -> ToolOutput:
        if self._definition.hash(self.identity) != expected:
            return has_changed(name)
        return await run_for_model(
            self._start,
            arguments,
            label=name,
            timeout=self._config.timeout,
            max_result=self._max_result,
        )


@dataclass
class _Kept:
    """The beginning (or the end) of a stream, and its total length."""

    most: int
    at_end: bool = False
    data: bytes = b""
    total: int = 0

    async def read(self, stream: asyncio.StreamReader) -> None:
        while piece := await stream.read(65536):
            self.total += len(piece)
            both = self.data + piece
            self.data = both[-self.most :] if self.at_end else both[: self.most]


async def run_for_model(
    begun: Start, arguments: Mapping[str, Any], *, label: str, timeout: float, max_result: int
) -> ToolOutput:
    """Runs a program once; a failure is part of the result, and cancelling ends the program."""
    given = json.dumps(arguments, ensure_ascii=False).encode("utf-8", "replace")
    out, err = _Kept(max_result), _Kept(LAST_WORDS, at_end=True)
    try:
        async with asyncio.timeout(timeout):
            status = await _run(begun, given, out, err)
    except TimeoutError:
        return ToolOutput(f"{label} did not end within {timeout:g} s.", "timeout")
    except (OSError, ValueError) as error:  # a NUL byte cannot be in an argument
        reason = getattr(error, "strerror", None) or error
        return ToolOutput(f"{label} could not be started: {reason}", "error")
    text = out.data.decode("utf-8", "replace")
    if out.total > max_result:
        text = cut_bytes(out.data, total=out.total)
    if status == 0:
        return ToolOutput(text or "[no output]")
    words = [f"{label} exited with status {status}.", text, err.data.decode("utf-8", "replace")]
    return ToolOutput("\n".join(word.strip() for word in words if word.strip()), "error")


async def _run(begun: Start, given: bytes, out: _Kept, err: _Kept) -> int:
    watched, held = os.pipe()
    begun = guarded(begun, watched)
    try:
        process = await asyncio.create_subprocess_exec(
            *begun["args"],
            env=begun["env"],
            cwd=begun["cwd"],
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            pass_fds=(watched,) if HAS_GUARD else (),
            start_new_session=HAS_GUARD,  # Ctrl-C at the terminal is for llmchat
        )
        try:
            return await _talk(process, given, out, err)
        finally:
            await _end(process)
    finally:
        os.close(watched)
        os.close(held)


async def _talk(process: asyncio.subprocess.Process, given: bytes, out: _Kept, err: _Kept) -> int:
    assert process.stdin
    assert process.stdout
    assert process.stderr
    reading = asyncio.gather(out.read(process.stdout), err.read(process.stderr))
    with suppress(BrokenPipeError, ConnectionResetError):  # it need not read them
        process.stdin.write(given)
        await process.stdin.drain()
        process.stdin.close()
    await reading
    return await process.wait()


async def _end(process: asyncio.subprocess.Process) -> None:
    """Tells the guard to end all its processes; waits even if cancelled again."""
    if process.returncode is not None:
        return
    with suppress(ProcessLookupError):
        process.terminate()
    with suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), END_TIMEOUT)


def _schema(config: ToolConfig, folder: Path) -> Mapping[str, Any]:
    """The JSON Schema of the parameters: a table, a file beside config.toml, or the short form `{
    city = "string" }`."""
    given = config.parameters
    table = _from_file(config, folder / from_home(given)) if isinstance(given, str) else given
    if not table:
        return NO_PARAMETERS
    if table.get("type") == "object" or "$ref" in table:
        return {"properties": {}, **table}
    if not all(isinstance(kind, str | Mapping) for kind in table.values()):
        problem = msg("tools.{name}.parameters is not a JSON Schema of an object", name=config.name)
        raise ConfigError(
            problem, hint=msg('write { city = "string" }, or type = "object" and more')
        )
    properties = {n: {"type": kind} if isinstance(kind, str) else kind for n, kind in table.items()}
    return {"type": "object", "properties": properties, "required": list(properties)}


def _from_file(config: ToolConfig, path: Path) -> Mapping[str, Any]:
    place = f"tools.{config.name}.parameters"
    try:
        content = read_regular(path, LARGEST_SCHEMA + 1)
        found = json.loads(content) if len(content) <= LARGEST_SCHEMA else None
        problem = msg("{place}: {path} is not a JSON Schema", place=place, path=path)
        if isinstance(found, Mapping):
            coerced(found, ONE_TOOL["parameters"])
    except BadValue as error:
        found, problem = None, msg("{place}: {reason}", place=place, reason=error)
    except OSError as error:
        found, reason = None, error.strerror
        problem = msg("{place}: {path}: {strerror}", place=place, path=path, strerror=reason)
    except (ValueError, RecursionError):
        found, problem = None, msg("{place}: {path} is not JSON", place=place, path=path)
    if not isinstance(found, Mapping):
        raise ConfigError(problem, hint=msg("llmchat config edit"))
    return found
