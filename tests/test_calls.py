"""How much of our own code stands between argv and the wire (`bench/calls.py`)."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_a_piped_question_takes_at_most_600_calls_in_40_files() -> None:
    """Settings that were probed one by one once took 1,895 of 2,149."""
    command = [sys.executable, str(ROOT / "bench" / "calls.py")]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    found = re.search(r"(\d+) calls in (\d+) files", told)
    assert found is not None
    assert int(found[1]) <= 600, told
    assert int(found[2]) <= 40, told
