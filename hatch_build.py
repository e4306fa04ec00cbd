"""How the command `llmchat` gets onto a disk: as an entry point, or as a script of two lines.

The wrapper that pip before 26 writes for an entry point imports `re`, which costs 4 ms on top of
the 8 ms of a bare interpreter, at every TAB. So where pip itself builds for the machine it installs
on, the wheel carries a script, whose first line pip points at the interpreter. Every other wheel
has the entry point, which works everywhere (docs/decisions/0070-launcher.md).
"""

from __future__ import annotations

import os
import sys
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

LONGEST_INTERPRETER = 100  # Linux cuts the first line of a script at 127 or 255 characters


def is_installing() -> bool:
    """pip builds for its own interpreter, which a first line can name: no space, not too long."""
    plain = not any(c.isspace() for c in sys.executable)
    short = len(os.fsencode(sys.executable)) <= LONGEST_INTERPRETER
    return os.name == "posix" and "PIP_BUILD_TRACKER" in os.environ and plain and short


class Command(MetadataHookInterface):
    """The entry point, unless the script takes its place."""

    def update(self, metadata: dict[str, Any]) -> None:
        metadata["scripts"] = {} if is_installing() else {"llmchat": "llmchat.__main__:main"}


class Script(BuildHookInterface[Any]):
    """The script, instead of the entry point."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name == "wheel" and is_installing():
            build_data["shared_scripts"]["launcher/llmchat"] = "llmchat"
