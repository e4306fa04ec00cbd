"""The JSON Schema that an answer must match, as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

# How the schema is sent: in a field (nested as for OpenAI, flat as for GigaChat), in a field that
# asks for any object, or described in the question. Empty until it is chosen.
SchemaWay = Literal["", "json_schema", "flat", "json_object", "words"]


@dataclass(frozen=True, slots=True)
class AnswerSchema:
    """`name` is that of its template, else its own title; `way` depends on the service."""

    body: Mapping[str, Any]
    name: str = ""
    way: SchemaWay = ""
