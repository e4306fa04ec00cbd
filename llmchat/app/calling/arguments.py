"""Converts the arguments of a call from the text that a model or a person wrote, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from llmchat.language import msg

LARGEST = 256 * 1024  # characters; nobody could read more before agreeing


class BadArguments(ValueError):
    """A call that cannot run, with an explanation for the model or person who wrote it."""


def parse_arguments(text: str) -> dict[str, Any]:
    """Parses a JSON object; an empty text gives an empty one."""
    if len(text) > LARGEST:
        raise BadArguments(
            msg("the arguments are longer than {largest} KiB", largest=LARGEST >> 10)
        )
    try:
        found = json.loads(text) if text.strip() else {}
    except RecursionError:
        raise BadArguments(msg("the arguments are nested too deeply")) from None
    except ValueError as error:
        raise BadArguments(msg("the arguments are not valid JSON: {error}", error=error)) from None
    if not isinstance(found, dict):
        raise BadArguments(msg("the arguments are not a JSON object"))
    return found


def written(arguments: Mapping[str, Any], *, indent: int | None = None) -> str:
    """The arguments as text for a person."""
    return json.dumps(arguments, ensure_ascii=False, indent=indent)
