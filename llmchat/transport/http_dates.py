"""Parses dates in HTTP headers, in all formats that HTTP allows."""

from __future__ import annotations


def seconds_of(date: str) -> float | None:
    """Seconds since 1970; None if it is not a date. A date without a zone is in UTC."""
    from datetime import UTC
    from email.utils import parsedate_to_datetime  # 15 ms, rarely needed

    try:
        moment = parsedate_to_datetime(date)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None
