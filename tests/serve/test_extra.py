"""Without the extra: one line, and what to type."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NEEDED = ("starlette", "uvicorn")


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with everything that is installed here except the extra."""
    folder = tmp_path_factory.mktemp("bare")
    for package in Path(sysconfig.get_path("purelib")).iterdir():
        if not package.name.startswith(NEEDED) and not package.name.endswith(".pth"):
            (folder / package.name).symlink_to(package)
    return folder


def serve(bare: Path, home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    code = "import sys; sys.path[:] = [p for p in sys.path if 'site-packages' not in p]"
    code += f" + [{str(bare)!r}, {str(ROOT)!r}]; sys.argv[0] = 'llmchat'"
    code += "; from llmchat.__main__ import main; sys.exit(main())"
    return subprocess.run(
        [sys.executable, "-S", "-c", code, "serve", *words],
        env={"LLMCHAT_HOME": str(home), "HOME": str(home), "PATH": "/usr/bin:/bin"},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_a_missing_extra_is_one_error_with_its_command(bare: Path, tmp_path: Path) -> None:
    done = serve(bare, tmp_path, "--port", "0")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.splitlines() == [
        "llmchat: llmchat serve needs the extra serve",
        "  pip install 'llmchat-cli[serve]'",
    ]


def test_the_key_is_shown_without_the_extra(bare: Path, tmp_path: Path) -> None:
    assert serve(bare, tmp_path, "--show-key").stdout.startswith("llmchat-")
