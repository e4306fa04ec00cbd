"""Translates tool names to those that a service accepts, and back."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from itertools import count
from typing import Any

from llmchat.errors import UsageError
from llmchat.language import msg

LONGEST = 64
CHOICES = ("tool_choice", "function_call")  # the options that force a call, of OpenAI and GigaChat
ODD = re.compile(r"[^A-Za-z0-9_-]")


class ToolNames:
    """The names for one service. A name that it does not accept is replaced by a similar one;
    `reserved` are the service's own functions."""

    def __init__(
        self, names: Iterable[str], allowed: re.Pattern[str], reserved: Collection[str] = ()
    ) -> None:
        self._allowed = allowed
        self._reserved = frozenset(reserved)
        self._wire: dict[str, str] = {}
        self._own: dict[str, str] = {}
        wanted = tuple(names)
        for name in (*filter(self._fits, wanted), *wanted):  # names that need no change keep theirs
            self.wire(name)

    def wire(self, name: str) -> str:
        """The name sent to the service."""
        if name not in self._wire:
            told = self._free(name)
            self._wire[name], self._own[told] = told, name
        return self._wire[name]

    def own(self, told: str) -> str:
        """Our name for it; a name that the model invented is unchanged."""
        return self._own.get(told, told)

    def _fits(self, name: str) -> bool:
        fits = len(name) <= LONGEST and self._allowed.fullmatch(name)
        return bool(fits) and name not in self._reserved

    def _free(self, name: str) -> str:
        if self._fits(name) and name not in self._own:
            return name
        base = ODD.sub("_", name)[: LONGEST - len("tool__999")]
        if not self._fits(base):
            base = f"tool_{base}"
        tries = (base if n == 1 else f"{base}_{n}" for n in count(1))
        return next(told for told in tries if self._fits(told) and told not in self._own)


def without_force(options: Mapping[str, Any]) -> dict[str, Any]:
    """A call that is forced becomes one that the model may make."""
    forced = [name for name in CHOICES if options.get(name) not in (None, "none")]
    return {**options, **dict.fromkeys(forced, "auto")}


def check_options(options: Mapping[str, Any]) -> None:
    """Raises an error for an option that would silently replace the offered tools."""
    for name in ("functions", "tools"):
        if name in options:
            raise UsageError(
                msg("the option {name} would replace the tools of -T", name=name),
                hint=msg("leave out -T or -o {name}", name=name),
            )
