"""Checks a client's schema, with the rules and the process of `ask --schema`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import aclosing
from hashlib import sha256
from typing import Any

from llmchat.app.serve.refusals import BadField
from llmchat.errors import UsageError
from llmchat.schemas.bounds import check_bounds
from llmchat.schemas.checker import SchemaChecker

MOST_REMEMBERED = 1000


class Schemas:
    """Remembers valid schemas, because a program sends the same one with every question, and the
    process takes 0.1 s to start."""

    def __init__(self) -> None:
        self._good: set[bytes] = set()

    async def check(self, schema: Mapping[str, Any]) -> None:
        content = json.dumps(schema, ensure_ascii=False, separators=(",", ":"))
        encoded = content.encode("utf-8", "replace")
        known = sha256(encoded).digest()
        if known in self._good:
            return
        try:
            check_bounds(schema, size=len(encoded))
            async with aclosing(SchemaChecker(schema)) as checker:
                await checker.open()
        except UsageError as error:
            raise BadField("response_format", error.message) from None
        if len(self._good) >= MOST_REMEMBERED:
            self._good.clear()
        self._good.add(known)
