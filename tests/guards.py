"""Removes each guard of guards.toml in a copy of the tree, and tells whose absence nobody noticed.

python tests/guards.py [WORDS of a guard]
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import tomllib
from contextlib import suppress
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
LONGEST_RUN = 60  # seconds; a test that hangs without its guard has noticed as well
BARE = {"COVERAGE_PROCESS_START", "LLMCHAT_HOME", "PYTEST_ADDOPTS"}


def main(words: str = "") -> int:
    guards = tomllib.loads((ROOT / "tests" / "guards.toml").read_text("utf-8"))["guard"]
    chosen = [guard for guard in guards if words in guard["says"]]
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "tree"
        ignored = shutil.ignore_patterns(".*", "__pycache__")
        shutil.copytree(ROOT, copy, ignore=ignored)
        green = [guard["says"] for guard in chosen if not is_missed(guard, copy)]
    print(f"{len(chosen)} guards, {len(green)} removed unnoticed")
    return 1 if green else 0


def is_missed(guard: dict[str, str], copy: Path) -> bool:
    """Whether the tests pass with the guard and fail without it."""
    if not passes(guard["tests"], copy):
        raise SystemExit(f"these fail with all guards in place: {guard['tests']}")
    path = copy / guard["file"]
    source = path.read_text("utf-8")
    if source.count(guard["old"]) != 1:
        raise SystemExit(f"{guard['file']} does not hold once: {guard['old']}")
    path.write_text(source.replace(guard["old"], guard["new"]), "utf-8")
    try:
        red = not run(guard["tests"], copy)
    finally:
        path.write_text(source, "utf-8")
    print("red  " if red else "GREEN", guard["says"], flush=True)
    return red


@cache
def passes(tests: str, copy: Path) -> bool:
    return run(tests, copy)


def run(tests: str, copy: Path) -> bool:
    options = ["-x", "-n", "0", "-m", "", "-p", "no:cacheprovider"]
    environ = {name: value for name, value in os.environ.items() if name not in BARE}
    process = subprocess.Popen(
        [sys.executable, "-m", "pytest", *options, *tests.split()],
        cwd=copy,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environ | {"PYTHONPATH": str(copy)},
        start_new_session=True,
    )
    try:
        return process.wait(LONGEST_RUN) == 0
    except subprocess.TimeoutExpired:
        return False
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # and what its tests left running
        process.wait()


if __name__ == "__main__":
    sys.exit(main(" ".join(sys.argv[1:])))
