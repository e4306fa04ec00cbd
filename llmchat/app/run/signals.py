"""Starts the event loop, and on signals cancels the work, lets it save, and exits."""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures.thread import ThreadPoolExecutor
from typing import Any, TypeVar

from llmchat.errors import Interrupted
from llmchat.language import msg

T = TypeVar("T")

CODES = {
    getattr(signal, name): code
    for name, code in (("SIGHUP", 129), ("SIGINT", 130), ("SIGTERM", 143))
    if hasattr(signal, name)
}
SIGNALS = {code: number for number, code in CODES.items()}
REASONS = {129: msg("the terminal was closed"), 130: msg("interrupted"), 143: msg("terminated")}


def unanswered() -> bool:
    """The default handler of Ctrl-C, which ends the program."""
    return False


def run(
    work: Callable[[], Coroutine[Any, Any, T]], *, gently: Callable[[], bool] = unanswered
) -> T:
    """Runs `work` to its end; a signal cancels it and is raised as Interrupted. On Ctrl-C `gently`
    is called first; if it returns True, the work is not cancelled."""
    with asyncio.Runner() as runner:
        return runner.run(_cancellable(work, gently))


class _Unwaited(ThreadPoolExecutor):
    """An executor whose threads are not awaited. A name lookup may block its thread for half a
    minute, long after the deadline of the connection."""

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        super().shutdown(wait=False, cancel_futures=True)


async def _cancellable(work: Callable[[], Coroutine[Any, Any, T]], gently: Callable[[], bool]) -> T:
    loop = asyncio.get_running_loop()
    loop.set_default_executor(_Unwaited())
    loop.set_exception_handler(_tell)
    task = loop.create_task(work())
    caught: list[int] = []

    def stop(number: int) -> None:
        if number == signal.SIGINT and gently():
            return
        caught.append(number)
        task.cancel()

    installed = _install(loop, stop)
    try:
        return await task
    except asyncio.CancelledError:
        if task.done() and not task.cancelled():
            raise  # it raises KeyboardInterrupt itself
        code = CODES[caught[0]] if caught else 130
        raise Interrupted(REASONS[code], exit_code=code) from None
    finally:
        for number in installed:
            loop.remove_signal_handler(number)


def _tell(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """The loop's exception handler, for errors that nobody awaits. A Ctrl-C in another task stops
    the loop; ours is then cancelled normally."""
    if not isinstance(context.get("exception"), Interrupted | KeyboardInterrupt):
        loop.default_exception_handler(context)


def _install(loop: asyncio.AbstractEventLoop, stop: Callable[[int], None]) -> list[int]:
    """Installs the handlers, in the main thread only; on Windows there is only Ctrl-C, which
    asyncio handles."""
    if sys.platform == "win32" or threading.current_thread() is not threading.main_thread():
        return []
    installed = []
    for number in CODES:
        if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup sets it
            loop.add_signal_handler(number, stop, number)
            installed.append(number)
    return installed
