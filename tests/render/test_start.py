"""What has to be quick at start-up loads nothing heavy."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("markdown_it", "pygments", "rich", "wcwidth", "httpx", "prompt_toolkit")


@pytest.mark.parametrize("module", ["clean", "plain", "code", "screen", "blocks"])
def test_the_plain_path_loads_the_standard_library_only(module: str) -> None:
    program = f"import sys, llmchat.render.{module}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert not {name.partition(".")[0] for name in done.stdout.split()} & set(HEAVY)


def test_the_live_path_does_not_load_rich() -> None:
    program = "import sys, llmchat.render.terminal.live; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert "rich" not in done.stdout.split()
