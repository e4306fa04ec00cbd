"""Formats times and durations for people."""

from __future__ import annotations

import time

from llmchat.language import msg

SPANS = ((86400, msg("d")), (3600, msg("h")), (60, msg("min")))


def local_time(moment: float) -> str:
    there = time.localtime(moment)
    return msg(
        "{year:04}-{month:02}-{day:02} {clock}",
        year=there.tm_year,
        month=there.tm_mon,
        day=there.tm_mday,
        clock=time.strftime("%H:%M", there),
    )


def when(moment: float, *, now: float) -> str:
    """A local time: `today 14:02`, `yesterday 09:15`, else the day."""
    there, today = time.localtime(moment), time.localtime(now)
    clock = time.strftime("%H:%M", there)
    if there[:3] == today[:3]:
        return msg("today {clock}", clock=clock)
    if there[:3] == time.localtime(now - 86400)[:3]:
        return msg("yesterday {clock}", clock=clock)
    return local_time(moment)


def span(seconds: float) -> str:
    """A duration in its largest unit: `3 d`, `2 h`, `40 s`."""
    for size, unit in SPANS:
        if seconds >= size:
            return msg("{number:.0f} {unit}", number=seconds / size, unit=unit)
    return msg("{s:.0f} s", s=seconds)


def lasting(seconds: float) -> str:
    """A duration in its two largest units: `0.3 s`, `42 s`, `3 min 5 s`, `2 h 10 min`."""
    if seconds < 10:
        return msg("{s:.1f} s", s=seconds)
    whole = round(seconds)
    if whole < 60:
        return msg("{s:.0f} s", s=whole)
    if whole < 3600:
        return msg("{min} min {s} s", min=whole // 60, s=whole % 60)
    return msg("{h} h {min} min", h=whole // 3600, min=whole % 3600 // 60)


def short_time(ms: float | None) -> str:
    """A duration in seconds, `0.3 s`; "" if it was not measured."""
    return "" if ms is None else msg("{s:.1f} s", s=ms / 1000)
