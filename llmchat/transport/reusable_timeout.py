"""A reusable time-out: like `asyncio.timeout`, but without a new timer for each wait.

Why: docs/decisions/0010-one-timer-per-stream.md.
"""

from __future__ import annotations

import asyncio
from types import TracebackType

NEVER = float("inf")


class ReusableTimeout:
    """`with timeout:` around one await raises TimeoutError if the time `until` passes meanwhile.

    A stream waits ten thousand times, and its deadline moves each time. The timer is not moved; if
    it fires too early, it is set again. Outside `with` it does nothing.
    """

    __slots__ = ("_before", "_loop", "_rang", "_task", "_timer", "until")

    def __init__(self, until: float = NEVER) -> None:
        self.until = until  # in the loop's time
        self._loop = asyncio.get_running_loop()
        self._task: asyncio.Task[object] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._before = 0  # earlier requests to cancel the task
        self._rang = False

    def __enter__(self) -> None:
        self._task = task = asyncio.current_task(self._loop)
        self._before = task.cancelling() if task else 0
        if self._timer is None or self._timer.when() > self.until:
            self._set()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        task, self._task = self._task, None
        if self._rang and task:
            self._rang = False
            if task.uncancel() <= self._before and kind is asyncio.CancelledError:
                raise TimeoutError from error

    def off(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _set(self) -> None:
        self.off()
        if self.until != NEVER:
            self._timer = self._loop.call_at(self.until, self.ring)

    def ring(self) -> None:
        self._timer = None
        if self._task is None:
            return  # nobody is waiting; the next wait sets the timer
        if self._loop.time() < self.until:
            self._set()
        else:
            self._rang = True
            self._task.cancel()
