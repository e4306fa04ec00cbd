"""A toolbox with a configuration of the test's own."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from llmchat.settings.toml.document import parse_document
from llmchat.settings.toml.editor import written_value
from llmchat.settings.tools import read_tools, tool_mistakes
from llmchat.tools.tool import ToolContext

SERVER = str(Path(__file__).parents[1] / "servers" / "mcp_server.py")

Configure = Callable[..., ToolContext]


def scripted(*words: str, seconds: int = 60) -> str:
    """Settings that start the hand-written server; on a busy machine that takes a while."""
    args = [*("-I", "-S", SERVER), *words]
    command = f"command = {written_value(sys.executable)}\nargs = {written_value(args)}\n"
    return f"{command}start_timeout = {seconds}\n"


@pytest.fixture
def configure(tmp_path: Path) -> Configure:
    def configure(toml: str, *, environ: Sequence[tuple[str, str]] = ()) -> ToolContext:
        document = parse_document(toml, tmp_path / "config.toml")
        assert list(tool_mistakes(document.get("tools") or {})) == []
        home = tmp_path / "home"
        home.mkdir(exist_ok=True)
        variables = {"PATH": "/usr/bin:/bin", "HOME": str(home), "USER": "me", **dict(environ)}
        return ToolContext(
            read_tools(document),
            variables,
            tmp_path,
            tmp_path,
            tmp_path / "private" / "tools",
            tmp_path / "private" / "logs",
        )

    return configure
