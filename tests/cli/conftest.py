"""One command line with a fresh home."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.shell import Shell


@pytest.fixture
def llmchat(tmp_path: Path) -> Shell:
    return Shell(tmp_path, {"LLMCHAT_HOME": str(tmp_path), "PAGER": "cat", "TERM": "xterm"})
