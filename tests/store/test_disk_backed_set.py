"""A set on the disk remembers keys, and nothing of it is left."""

from __future__ import annotations

import os
from pathlib import Path

from llmchat.store.disk_backed_set import DiskBackedSet


def test_a_key_is_new_once() -> None:
    with DiskBackedSet() as keys:
        assert (keys.add(b"a"), keys.add(b"a"), keys.add(b"b")) == (True, False, True)
        assert b"a" in keys
        assert b"c" not in keys


def test_a_hundred_thousand_keys_stay_out_of_memory() -> None:
    """They take 3 MB as bytes alone, and 10 MB in a set of Python's."""

    def own_kb() -> int:
        return (
            int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") >> 10
        )

    with DiskBackedSet() as keys:
        before = own_kb()
        for number in range(100_000):
            keys.add(number.to_bytes(32, "big"))
        assert own_kb() - before < 6_000
