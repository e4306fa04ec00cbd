"""Strict services for answers with a schema: each refuses a field that is not in its own form."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.servers.scripted import Visit, whole

Complaint = Callable[[dict[str, Any]], str]
NOT_STRICT = {
    "allOf", "oneOf", "not", "if", "then", "else", "patternProperties", "minLength", "maxLength",
    "default", "examples", "dependentRequired", "dependentSchemas", "propertyNames",
}  # fmt: skip


def nested(body: dict[str, Any]) -> str:
    """The schema field as OpenAI accepts it."""
    wanted = body.get("response_format")
    if wanted is None:
        return ""
    if set(wanted) != {"type", "json_schema"} or wanted["type"] != "json_schema":
        return "Invalid parameter: response_format"
    inner = wanted["json_schema"]
    if set(inner) - {"name", "schema", "strict"} or not {"name", "schema"} <= set(inner):
        return "Unknown parameter: response_format.json_schema"
    if not re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", inner["name"]):
        return "Invalid response_format.json_schema.name"
    if inner["schema"].get("type") != "object" or "$schema" in inner["schema"]:
        return "Invalid schema for response_format"
    return _strict(inner["schema"]) if inner.get("strict") else ""


def _strict(node: Any) -> str:
    if isinstance(node, list):
        return next(filter(None, map(_strict, node)), "")
    if not isinstance(node, dict):
        return ""
    if bad := NOT_STRICT & node.keys():
        return f"Invalid schema: {sorted(bad)} is not permitted"
    if "properties" in node and isinstance(node["properties"], dict):
        if node.get("additionalProperties") is not False:
            return "Invalid schema: additionalProperties is required to be false"
        if set(node.get("required", ())) != set(node["properties"]):
            return "Invalid schema: required must include every key in properties"
    return next(filter(None, map(_strict, node.values())), "")


def any_object(body: dict[str, Any]) -> str:
    """The field as DeepSeek accepts it; the messages must contain the word JSON."""
    wanted = body.get("response_format")
    if wanted is None:
        return ""
    if wanted != {"type": "json_object"}:
        return "This response_format type is unavailable now"
    said = json.dumps(body["messages"]).lower()
    return "" if "json" in said else "Prompt must contain the word 'json'"


def none(body: dict[str, Any]) -> str:
    """A server that does not know the field."""
    return "Unrecognized request argument: response_format" if "response_format" in body else ""


@dataclass
class Service:
    """Answers in turn, repeating the last one; a mapping is a whole message."""

    answers: list[str | dict[str, Any]]
    complaint: Complaint = nested
    finish: str = "stop"
    asked: list[dict[str, Any]] = field(default_factory=list)
    refused: int = 0

    async def __call__(self, visit: Visit) -> None:
        body = visit.asked.json
        if said := self.complaint(body):
            self.refused += 1
            error = {"message": said, "type": "invalid_request_error"}
            await visit.send(whole({"error": error}, status=400, connection="close"))
            return
        self.asked.append(body)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        message = answer if isinstance(answer, dict) else {"content": answer}
        choice = {"index": 0, "message": message, "finish_reason": self.finish}
        usage = {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}
        await visit.send(whole({"model": "m1-2026", "choices": [choice], "usage": usage}))

    def sent(self, number: int = -1) -> str:
        """The last message of a request."""
        return str(self.asked[number]["messages"][-1]["content"])
