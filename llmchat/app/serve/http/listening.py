"""The server's socket and loop: connections with limits, and signals.

Why: docs/decisions/0141-limits-of-connections.md.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from llmchat.errors import ConfigError
from llmchat.language import msg

LARGEST_HEAD = 16 * 1024
LONGEST_HEAD = 10.0  # seconds from the first byte to the end of the headers
IDLE_CONNECTION = 60  # seconds between requests, or for a client that does not read
MOST_CONNECTIONS = 64
DRAIN = 5  # seconds for running requests when the server stops
FULL = b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class BoundedConnection(H11Protocol):
    """A connection that is closed if its headers take too long, or its client does not read."""

    _late: asyncio.TimerHandle | None = None
    _unread: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        if len(self.connections) >= MOST_CONNECTIONS:
            super().connection_made(transport)
            transport.write(FULL)
            transport.close()
            return
        super().connection_made(transport)
        self._wait_for_head()

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        super().data_received(data)
        if self.conn.their_state is h11.IDLE:
            self._wait_for_head()
        else:
            self._stop_waiting()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._wait_for_reading()

    def resume_writing(self) -> None:
        self._stop_waiting_for_reading()
        super().resume_writing()
        if self.cycle.response_complete:
            self._wait_for_reading()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._wait_for_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        self._stop_waiting_for_reading()
        super().connection_lost(exc)

    def _wait_for_head(self) -> None:
        if self._late is None:
            self._late = self.loop.call_later(LONGEST_HEAD, self.transport.abort)

    def _stop_waiting(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _wait_for_reading(self) -> None:
        """Aborts the connection: a normal close would wait forever for a client that does not
        read."""
        self._stop_waiting_for_reading()
        if left := self.transport.get_write_buffer_size():
            self._unread = self.loop.call_later(self.timeout_keep_alive, self._end_unread, left)

    def _end_unread(self, before: int) -> None:
        if self.transport.get_write_buffer_size() < before:
            self._wait_for_reading()
        else:
            self.transport.abort()

    def _stop_waiting_for_reading(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None


class QuietServer(uvicorn.Server):
    """A uvicorn server without signal handlers; llmchat has its own."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def listen(host: str, port: int) -> socket.socket:
    """Opens the socket before anything is reported; the error names a port that is already in
    use."""
    name = host.strip("[]")
    try:
        family, kind, proto, _, address = socket.getaddrinfo(
            name, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind, proto)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind(address)
            listening.listen(MOST_CONNECTIONS)
        except BaseException:
            listening.close()
            raise
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigError(
            msg(
                "cannot listen on {host} port {port}: {reason}", host=host, port=port, reason=reason
            ),
            hint=msg("choose another with --port N"),
        ) from error
    return listening


def serve(
    app: Any,
    listening: socket.socket,
    *,
    started: Callable[[], None],
    reload: Callable[[], Coroutine[Any, Any, None]],
) -> None:
    """Serves until a signal; running requests then have a few seconds. `started` is called when the
    signal handlers are installed."""
    with asyncio.Runner() as runner:
        runner.run(_until_signal(server_of(app), listening, started, reload))


def server_of(app: Any, *, idle: int = IDLE_CONNECTION) -> QuietServer:
    """The uvicorn server; it closes connections that are idle for `idle` seconds."""
    # Only our own lines are shown.
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL + 1)
    config = uvicorn.Config(
        app,
        http=BoundedConnection,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=idle,
        timeout_graceful_shutdown=DRAIN,
        h11_max_incomplete_event_size=LARGEST_HEAD,
    )
    return QuietServer(config)


async def _until_signal(
    server: uvicorn.Server,
    listening: socket.socket,
    started: Callable[[], None],
    reload: Callable[[], Coroutine[Any, Any, None]],
) -> None:
    loop = asyncio.get_running_loop()
    reloads: set[asyncio.Task[None]] = set()

    def stop() -> None:
        server.force_exit = server.should_exit
        server.should_exit = True

    def hang_up() -> None:
        task = loop.create_task(reload())
        reloads.add(task)
        task.add_done_callback(reloads.discard)

    for name, handler in (("SIGINT", stop), ("SIGTERM", stop), ("SIGHUP", hang_up)):
        if hasattr(signal, name):
            _on(loop, getattr(signal, name), handler)
    started()
    await server.serve(sockets=[listening])


def _on(loop: asyncio.AbstractEventLoop, number: int, handler: Callable[[], None]) -> None:
    try:
        loop.add_signal_handler(number, handler)
    except NotImplementedError:  # Windows
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(handler))
