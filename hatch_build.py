"""Compiles the catalogues of translations before a wheel is made, also of an editable install."""

from __future__ import annotations

import os
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompileMessages(BuildHookInterface[Any]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        for po in Path(self.root, "llmchat", "locale").glob("*/LC_MESSAGES/*.po"):
            compile_catalogue(po)


def compile_catalogue(po: Path) -> None:
    """The .mo beside it, whole or not at all."""
    with po.open("rb") as file:
        catalog = read_po(file)
    compiled = BytesIO()
    write_mo(compiled, catalog)
    draft = po.with_suffix(f".{os.getpid()}.mo")  # others may compile at the same time
    draft.write_bytes(compiled.getvalue())
    draft.replace(po.with_suffix(".mo"))
