"""Converts a server's result to text for the model, without the content of pictures or sounds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from llmchat.tools.tool import ToolOutput, cut_result


def output_of(result: Any, most: int) -> ToolOutput:
    """The output from the SDK's CallToolResult."""
    text = "\n".join(_texts(result.content))
    if not text and result.structured_content is not None:
        text = json.dumps(result.structured_content, ensure_ascii=False)
    shown = cut_result(text or "[no result]", most)
    return ToolOutput(shown, "error" if result.is_error else "ok")


def _texts(content: Any) -> Iterator[str]:
    for part in content:
        match part.type:
            case "text":
                yield part.text
            case "image" | "audio":
                size = len(part.data) * 3 // 4
                yield f"[{part.type}, {part.mime_type}, {size:,} bytes: not passed on]"
            case "resource_link":
                yield f"[resource {part.name}: {part.uri}]"
            case "resource":
                yield _resource(part.resource)
            case other:
                yield f"[{other}: not passed on]"


def _resource(resource: Any) -> str:
    text = getattr(resource, "text", None)
    if text is not None:
        return f"[resource {resource.uri}]\n{text}"
    size = len(resource.blob) * 3 // 4
    return f"[resource {resource.uri}, {resource.mime_type}, {size:,} bytes: not passed on]"
