"""Ends tasks that nobody waits for any more."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any


async def end_task(task: asyncio.Future[Any], *unheard: type[BaseException]) -> None:
    """Cancels it and waits until it has gone; of the errors it may end with, those `unheard` are
    nobody's business."""
    task.cancel()
    with suppress(asyncio.CancelledError, *unheard):
        await task
