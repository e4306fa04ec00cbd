"""Identifies the process that writes an answer, and checks whether it is still running."""

from __future__ import annotations

import os
import sys

STILL_ACTIVE = 259  # Windows: the exit code of a running process


def myself() -> tuple[int, str]:
    """The number of this process and its start time; numbers are reused, the pairs are not."""
    return os.getpid(), started(os.getpid())


def alive(process: int, start: str) -> bool:
    if not _exists(process):
        return False
    now = started(process)
    return not now or not start or now == start


def started(process: int) -> str:
    """The start time in ticks since boot, with the boot's id; "" if the system does not report
    it."""
    try:
        with open(f"/proc/{process}/stat", "rb") as status:
            ticks = status.read().rpartition(b")")[2].split()[19]
        with open("/proc/sys/kernel/random/boot_id", "rb") as boot:
            return f"{ticks.decode()}@{boot.read(8).decode()}"
    except (OSError, IndexError):
        return ""


if sys.platform == "win32":

    def _exists(process: int) -> bool:
        import ctypes  # 10 ms, only needed for an unfinished answer

        kernel = ctypes.windll.kernel32
        handle = kernel.OpenProcess(0x1000, False, process)  # PROCESS_QUERY_LIMITED_INFORMATION
        if not handle:
            return False
        code = ctypes.c_ulong()
        kernel.GetExitCodeProcess(handle, ctypes.byref(code))
        kernel.CloseHandle(handle)
        return code.value == STILL_ACTIVE
else:

    def _exists(process: int) -> bool:
        try:
            os.kill(process, 0)
        except (ProcessLookupError, OverflowError):  # an impossible number
            return False
        except OSError:  # it belongs to another user
            return True
        return True
