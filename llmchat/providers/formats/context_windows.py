"""Finds the size of a model's window in the message of a service that refused a longer request."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

SMALLEST, LARGEST = 256, 100_000_000  # tokens; other numbers are not window sizes
FIELDS = ("n_ctx", "max_context_length", "context_length")  # of llama.cpp and others
NUMBER = r"(\d{1,3}(?:[,_ ]\d{3})+|\d+)"
# "210000 tokens > 200000 maximum", "(n_keep: 9001>= n_ctx: 4096)",
# "maximum context length is 8192 tokens", "limit of 8,000", "32768 maximum context length"
NAMED = (
    re.compile(rf"(?:>|n_ctx:)\s*{NUMBER}"),
    re.compile(
        r"(?:maximum|limit|window|context (?:length|size)|n_ctx|at most|more than|up to)"
        rf"\D{{0,40}}?{NUMBER}",
        re.IGNORECASE,
    ),
    re.compile(rf"{NUMBER} maximum"),
)


def window_named(error: Mapping[str, Any], said: str) -> int:
    """The size in tokens; 0 if none is named."""
    for name in FIELDS:
        value = error.get(name)
        if isinstance(value, int) and SMALLEST <= value <= LARGEST:
            return value
    for pattern in NAMED:
        for match in pattern.finditer(said[:2000]):
            number = int(re.sub(r"\D", "", match[1])[:12])
            if SMALLEST <= number <= LARGEST:
                return number
    return 0
