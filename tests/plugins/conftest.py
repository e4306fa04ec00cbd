"""Distributions that are installed for one test: a folder on the path of this interpreter."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest

from tests.shell import Shell

HEADS = {
    "provider": "llmchat.providers",
    "tool": "llmchat.tools",
    "command": "llmchat.commands",
    "template": "llmchat.templates",
}
OFFLINE = """\
from llmchat.plugin import Delta, Finish, Provider
class Echo(Provider):
    name = label = "echo"
    url = ""
    access = "offline"
    async def exchange(self, request):
        yield Delta("echo: " + request.messages[-1].text)
        yield Finish("stop", "echo-1")
"""


@dataclass
class Site:
    """A folder of installed packages; `enabled` are written into the settings."""

    folder: Path
    shell: Shell

    def install(self, distribution: str, source: str, **entries: str) -> Path:
        """Installs a module with entry points: `provider="echo = Echo"`. Returns the file that the
        module creates when it is imported."""
        module = f"plugin_{uuid4().hex}"  # no test meets the module of another
        mark = self.folder / f"{module}.imported"
        first = f"open({str(mark)!r}, 'w').close()\n"
        (self.folder / f"{module}.py").write_text(first + source, "utf-8")
        lines = {kind: line.replace("=", f"= {module}:") for kind, line in entries.items()}
        self.describe(distribution, lines)
        return mark

    def describe(self, distribution: str, entries: Mapping[str, str]) -> None:
        stem = distribution.replace("-", "_")
        place = self.folder / f"{stem}-1.0.dist-info"
        place.mkdir()
        (place / "METADATA").write_text(f"Name: {distribution}\nVersion: 1.0\n")
        sections = [f"[{HEADS[kind]}]\n{line}\n" for kind, line in entries.items()]
        (place / "entry_points.txt").write_text("\n".join(sections), "utf-8")

    def enable(self, *names: str, more: str = "") -> None:
        listed = ", ".join(f'"{name}"' for name in names)
        (self.shell.home / "config.toml").write_text(f"plugins = [{listed}]\n{more}", "utf-8")


@pytest.fixture
def llmchat(tmp_path: Path) -> Shell:
    environ = {"LLMCHAT_HOME": str(tmp_path), "HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    return Shell(tmp_path, environ)


@pytest.fixture
def site(tmp_path: Path, llmchat: Shell) -> Iterator[Site]:
    folder = tmp_path / "site"
    folder.mkdir()
    sys.path.append(str(folder))
    yield Site(folder, llmchat)
    sys.path.remove(str(folder))
