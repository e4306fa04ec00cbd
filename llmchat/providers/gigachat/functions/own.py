"""Tools as GigaChat's functions: the offered functions, and calls with their results as messages.

Why: docs/decisions/0120-tools-on-two-wires.md.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from llmchat.providers.formats.readers import json_object
from llmchat.providers.formats.tools.names import ToolNames
from llmchat.providers.formats.tools.past_calls import CalledRound, rounds
from llmchat.providers.gigachat.functions.built_in import CALL_STATE, DRAWS, READS, STATE
from llmchat.providers.gigachat.functions.schemas import narrowed
from llmchat.values.calls import ToolSpec
from llmchat.values.messages import Message

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")
BUILT_IN = frozenset(
    (DRAWS, READS, "text2model3d", "web_search", "url_content_extraction", "code_interpreter")
)

Body = dict[str, Any]


def names_of(tools: Sequence[ToolSpec]) -> ToolNames:
    return ToolNames((tool.name for tool in tools), NAME, BUILT_IN)


def offered(tools: Sequence[ToolSpec], built_in: Iterable[str]) -> Body:
    """The fields of the body. If other functions are offered, a built-in one must be named to
    run."""
    names = names_of(tools)
    functions: list[Body] = [
        {
            "name": names.wire(tool.name),
            "description": tool.description or tool.name,
            "parameters": narrowed(tool.parameters),
        }
        for tool in tools
    ]
    functions += [{"name": name} for name in built_in]
    return {"functions": functions, "function_call": "auto"}


def written(
    said: Sequence[Message],
    tools: Sequence[ToolSpec],
    plain: Callable[[Message], Iterator[Body]],
) -> Iterator[Body]:
    """The messages of the conversation; `plain` converts a message without calls."""
    names = names_of(tools)
    for entry in rounds(said):
        yield from _round(entry, names) if isinstance(entry, CalledRound) else plain(entry)


def _round(called: CalledRound, names: ToolNames) -> Iterator[Body]:
    """The messages of a round. The service allows one call per message, so parallel calls of
    another service become consecutive ones, each with its result."""
    text = called.message.text
    state = called.message.memory.get(CALL_STATE, "")
    for call, result in zip(called.message.calls, called.results, strict=True):
        name = names.wire(call.name)
        arguments = json_object(call.arguments) or {}
        said: Body = {"role": "assistant", "content": text}
        said["function_call"] = {"name": name, "arguments": arguments}
        if state:
            said[STATE] = state
        yield said
        yield {"role": "function", "name": name, "content": as_object(result)}
        text = state = ""


def as_object(result: str) -> str:
    """The result as a JSON object, which the service requires."""
    whole = json_object(result) is not None
    return result if whole else json.dumps({"result": result}, ensure_ascii=False)
