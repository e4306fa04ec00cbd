"""Groups of commands that do their usual one where none is named."""

from __future__ import annotations

from typing import Any, ClassVar

from typer.core import TyperGroup

HELP = ("-h", "--help")


class ListsByDefault(TyperGroup):
    """`llmchat history -n 3` is `llmchat history list -n 3`."""

    usual: ClassVar = "list"

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        named = args and (not args[0].startswith("-") or args[0] in HELP)
        return super().parse_args(ctx, args if named else [self.usual, *args])
