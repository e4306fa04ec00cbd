"""The JSON Schema that an answer has to match, as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

# How a service is told: by a field of its own (nested as OpenAI's, flat as GigaChat's), by a field
# that asks for any object, or in words of the question. Empty: nobody has chosen yet.
SchemaWay = Literal["", "json_schema", "flat", "json_object", "words"]


@dataclass(frozen=True, slots=True)
class AnswerSchema:
    """`name` is the template's that brought it, else its own title; `way` is the service's."""

    body: Mapping[str, Any]
    name: str = ""
    way: SchemaWay = ""
