"""Cancels tasks that are no longer needed."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any


async def end_task(task: asyncio.Future[Any], *unheard: type[BaseException]) -> None:
    """Cancels a task and waits until it has ended; errors of the types `unheard` are ignored."""
    task.cancel()
    with suppress(asyncio.CancelledError, *unheard):
        await task
