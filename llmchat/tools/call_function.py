"""Calls one function of a Python file: arguments as JSON on stdin, its result on stdout.

A separate script, run with few variables: `call_function.py FILE FUNCTION`. What the function
prints goes to stderr.
"""

from __future__ import annotations

import asyncio
import importlib.util
import inspect
import json
import os
import sys
import traceback
from collections.abc import AsyncIterator, Callable
from itertools import takewhile
from pathlib import Path

FAILED = 1


def main(path: str, name: str) -> int:
    arguments = json.loads(sys.stdin.read() or "{}")
    out = os.fdopen(os.dup(1), "w", encoding="utf-8", errors="replace")
    os.dup2(2, 1)  # including programs that the function starts
    try:
        result = _called(path, name, arguments)
        try:
            text = _text(result)
        except (TypeError, ValueError, RecursionError) as error:  # keys of another type, or a cycle
            print(f"what it returned is not JSON: {error}", file=sys.stderr)
            return FAILED
        out.write(text)
        out.flush()
    except Exception as error:
        own = error.__traceback__ and error.__traceback__.tb_next
        # Without our own frames.
        traceback.print_exception(error.with_traceback(own and own.tb_next))
        return FAILED
    return 0


def _called(path: str, name: str, arguments: dict[str, object]) -> object:
    sys.path.append(str(Path(path).parent))  # modules beside it, after everything that is installed
    spec = importlib.util.spec_from_file_location("llmchat_tool", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    function = getattr(module, name)
    result = function(*_positional(function, arguments), **arguments)
    if inspect.isasyncgen(result):
        result = _all(result)
    if inspect.iscoroutine(result):
        return asyncio.run(result)
    return list(result) if inspect.isgenerator(result) else result


def _positional(function: Callable[..., object], arguments: dict[str, object]) -> list[object]:
    """Takes out the positional-only arguments, up to the first one that is missing."""
    parameters = inspect.signature(function).parameters.values()
    own = [each for each in parameters if each.kind is each.POSITIONAL_ONLY]
    values = [arguments.pop(each.name, each.default) for each in own]
    return list(takewhile(lambda value: value is not inspect.Parameter.empty, values))


async def _all(results: AsyncIterator[object]) -> list[object]:
    return [result async for result in results]


def _text(result: object) -> str:
    if isinstance(result, str):
        return result
    return "" if result is None else json.dumps(result, ensure_ascii=False, default=str)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
