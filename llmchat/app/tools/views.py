"""Views of a tool for people and programs: a row, the whole definition, its hints."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from llmchat.language import joined, msg
from llmchat.tools.tool import Tool

HINTS = {
    "readOnlyHint": (msg("reads only"), msg("changes things")),
    "destructiveHint": (msg("may delete or overwrite"), msg("deletes nothing")),
    "openWorldHint": (msg("reaches other systems"), msg("reaches no other systems")),
}


def tool_row(tool: Tool) -> dict[str, Any]:
    """A tool as JSON."""
    return {
        "tool": tool.label,
        "name": tool.spec.name,
        "title": tool.title,
        "description": tool.spec.description,
        "parameters": tool.spec.parameters,
        "hints": tool.hints,
        "allowed": tool.allowed,
        "definition": tool.definition,
    }


def definition_text(tool: Tool) -> str:
    """The whole definition, as text."""
    said = hints_of(tool)
    parts: Sequence[str] = (
        tool.label + (f" ({tool.title})" if tool.title else ""),
        tool.spec.description,
        "parameters: " + json.dumps(tool.spec.parameters, ensure_ascii=False, indent=2),
        msg("describes itself as: {said}", said=said) if said else "",
        msg("name for the model: {name}", name=tool.spec.name),
        msg("runs without asking") if tool.allowed else "",
    )
    return "\n\n".join(part for part in parts if part) + "\n"


def hints_of(tool: Tool) -> str:
    """What a tool claims about itself; it decides nothing."""
    words = [
        HINTS[name][0 if value else 1]
        for name, value in tool.hints.items()
        if name in HINTS and isinstance(value, bool)
    ]
    return joined(", ", words)


def first_line(tool: Tool) -> str:
    """The first line of a tool's description."""
    return next((line for line in tool.spec.description.splitlines() if line.strip()), tool.title)
