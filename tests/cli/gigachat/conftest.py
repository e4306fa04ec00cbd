"""The command line in this process or in one of its own, with a strict GigaChat behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.servers.fixtures import authority, ca_file, rogue, server
from tests.servers.gigachat import StrictGigaChat
from tests.shell import Shell

__all__ = ["authority", "ca_file", "rogue", "server"]


def environment(server: StrictGigaChat, home: Path) -> dict[str, str]:
    return {
        "LLMCHAT_HOME": str(home),
        "HOME": str(home.parent),
        "PATH": "/usr/bin:/bin",
        "GIGACHAT_BASE_URL": server.base_url,
        "GIGACHAT_AUTH_URL": server.auth_url,
        "GIGACHAT_CA_BUNDLE_FILE": str(server.ca),
    }


@pytest.fixture
def shell(server: StrictGigaChat, tmp_path: Path) -> Shell:
    return Shell(tmp_path, environment(server, tmp_path / "home"))


@pytest.fixture
def with_environ(shell: Shell) -> Callable[[Mapping[str, str]], Shell]:
    return lambda more: Shell(shell.cwd, {**shell.environ, **more}, shell.clock)
