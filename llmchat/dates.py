"""Formats times and durations for people."""

from __future__ import annotations

import time

from llmchat.language import msg

SPANS = ((86400, "d"), (3600, "h"), (60, "min"))


def local_time(moment: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(moment))


def when(moment: float, *, now: float) -> str:
    """`today 14:02`, `yesterday 09:15`, else the day; local time."""
    there, today = time.localtime(moment), time.localtime(now)
    clock = time.strftime("%H:%M", there)
    if there[:3] == today[:3]:
        return msg("today {clock}", clock=clock)
    if there[:3] == time.localtime(now - 86400)[:3]:
        return msg("yesterday {clock}", clock=clock)
    return local_time(moment)


def span(seconds: float) -> str:
    """`3 d`, `2 h`, `40 s`: the largest unit only."""
    for size, unit in SPANS:
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def lasting(seconds: float) -> str:
    """`0.3 s`, `42 s`, `3 min 5 s`, `2 h 10 min`: the two largest units."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def short_time(ms: float | None) -> str:
    """`0.3 s`; nothing where it was not measured."""
    return "" if ms is None else f"{ms / 1000:.1f} s"
