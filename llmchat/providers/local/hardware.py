"""How much memory a model needs, how much is free, and how many threads to use."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from llmchat.language import msg
from llmchat.providers.local.gguf import ModelHeader

MOST_CONTEXT = 8192  # tokens, unless set higher: memory grows with the window
# Questions answered concurrently, each with its own window, if memory allows; others wait.
AT_ONCE = 2
OF_A_NUMBER = 2  # bytes per number in the window's memory
OF_LLAMA = 100_000_000  # bytes that llama.cpp needs besides model and window, measured
OF_WIDTH = 30_000  # bytes per embedding dimension during evaluation
CPUS = Path("/sys/devices/system/cpu")
QUOTA = Path("/sys/fs/cgroup/cpu.max")
UNITS = ((1e9, msg("GB")), (1e6, msg("MB")))


class MachineMemory(NamedTuple):
    """Bytes of memory; None if the system does not report it."""

    total: int | None
    free: int | None


def context_of(header: ModelHeader, wanted: int) -> int:
    """The window to load: as set, else the model's own up to a limit."""
    return wanted or min(header.context or MOST_CONTEXT, MOST_CONTEXT)


def needed(header: ModelHeader, size: int, context: int, *, windows: int = 1) -> int:
    """The bytes needed for weights, windows and llama.cpp itself."""
    head = header.key_length or (header.width // header.heads if header.heads else 0)
    token = 2 * header.layers * header.heads_kv * head * OF_A_NUMBER  # a key and a value
    return size + token * context * windows + OF_WIDTH * header.width + OF_LLAMA


def windows_of(header: ModelHeader, size: int, context: int, free: int | None) -> int:
    """How many questions can be answered concurrently."""
    fits = free is None or needed(header, size, context, windows=AT_ONCE) <= free
    return AT_ONCE if fits else 1


def shown(count: int | None) -> str:
    """`1.2 GB`, `93 MB`."""
    if count is None:
        return "?"
    size, unit = next((row for row in UNITS if count >= row[0]), UNITS[-1])
    if unit == "GB":
        return msg("{number:.1f} {unit}", number=count / size, unit=unit)
    return msg("{number:.0f} {unit}", number=count / size, unit=unit)


def usual_threads() -> int:
    """The number of cores minus one.

    Threads of llama.cpp wait for each other many times per word: if another program uses one of
    their cores, each of these waits takes as long as that program runs. On two cores with one other
    busy process, two threads gave 3 words a second and one thread gave 48.
    """
    return max(1, _cores() - 1)


def _cores() -> int:
    """The physical cores that this process may use."""
    count = os.cpu_count() or 1
    with suppress(AttributeError, OSError):
        count = len(os.sched_getaffinity(0))
    with suppress(OSError, ValueError):
        quota, period = QUOTA.read_text("ascii").split()
        count = min(count, int(int(quota) / int(period)))
    siblings = set[str]()
    with suppress(OSError):
        places = CPUS.glob("cpu[0-9]*/topology/thread_siblings_list")
        siblings.update(place.read_text("ascii") for place in places)
    return min(count, len(siblings) or count)


def of_this_machine() -> MachineMemory:
    if sys.platform == "win32":
        return _of_windows()
    total = free = None
    with suppress(ValueError, OSError, AttributeError):
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    with suppress(OSError, ValueError, IndexError):
        text = Path("/proc/meminfo").read_text("ascii")
        free = int(text.partition("MemAvailable:")[2].split()[0]) * 1024
    limit = _limit_of_container()
    if limit is not None:
        free = limit if free is None else min(free, limit)
    return MachineMemory(total, free)


def _limit_of_container() -> int | None:
    """The memory left in a container with a limit; None without one."""
    with suppress(OSError, ValueError):
        folder = Path("/sys/fs/cgroup")
        most = int((folder / "memory.max").read_text("ascii"))
        used = int((folder / "memory.current").read_text("ascii"))
        text = (folder / "memory.stat").read_text("ascii")
        cached = text.partition("\ninactive_file ")[2].split()
        return max(0, most - used + int(cached[0] if cached else 0))
    return None


if sys.platform == "win32":

    def _of_windows() -> MachineMemory:
        import ctypes

        class MemoryStatus(ctypes.Structure):
            _fields_ = [
                ("length", ctypes.c_ulong),
                ("load", ctypes.c_ulong),
                *((name, ctypes.c_ulonglong) for name in ("total", "free", *"abcde")),
            ]

        status = MemoryStatus(length=ctypes.sizeof(MemoryStatus))
        ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status))
        return MachineMemory(status.total, status.free)
else:

    def _of_windows() -> MachineMemory:
        return MachineMemory(None, None)
