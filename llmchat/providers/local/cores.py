"""How many threads a model is given: one core less than there are.

Threads of llama.cpp wait for each other many times a word: where another program takes one of their
cores, each of these waits takes as long as that program likes. On two cores with one other busy
process, two threads gave 3 words a second and one thread gave 48.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

CPUS = Path("/sys/devices/system/cpu")
QUOTA = Path("/sys/fs/cgroup/cpu.max")


def usual_threads() -> int:
    return max(1, _cores() - 1)


def _cores() -> int:
    """Real ones, which this process may use."""
    count = os.cpu_count() or 1
    with suppress(AttributeError, OSError):
        count = len(os.sched_getaffinity(0))
    with suppress(OSError, ValueError):
        quota, period = QUOTA.read_text("ascii").split()
        count = min(count, int(int(quota) / int(period)))
    siblings = set()
    with suppress(OSError):
        for place in CPUS.glob("cpu[0-9]*/topology/thread_siblings_list"):
            siblings.add(place.read_text("ascii"))
    return min(count, len(siblings) or count)
