"""Shell scripts, written from the documentation alone, run by bash without a terminal."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
PATIENCE = 120.0  # seconds; a script that takes longer waits for somebody
PASSED_ON = ("COVERAGE", "COV_")  # what measures these processes as well

pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, ("bash", "jq", "git", "setsid"))),
    reason="these are scripts for bash with jq, git and setsid",
)


@pytest.mark.slow
@pytest.mark.parametrize("script", sorted(FOLDER.glob("*.sh")), ids=lambda path: path.stem)
def test_a_script_runs_to_its_end(script: Path, tmp_path: Path) -> None:
    home, work = tmp_path / "home", tmp_path / "work"
    home.mkdir(mode=0o700)
    work.mkdir()
    measured = {k: v for k, v in os.environ.items() if k.startswith(PASSED_ON)}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    done = subprocess.run(
        ["bash", "-c", f"source '{FOLDER}/lib.bash'; source '{script}'"],
        cwd=work,
        env={
            **measured,
            "PATH": path,
            "HOME": str(tmp_path),
            "LANG": "C.UTF-8",
            "LLMCHAT_HOME": str(home),
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        start_new_session=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
