"""One MCP server of a run: a task of its own starts, owns and ends the connection.

The SDK's cancel scopes belong to the task that enters them, and a question may be abandoned in any
task (docs/decisions/0122-lists-are-cached-calls-are-checked.md).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from llmchat.errors import LlmchatError, ToolServerError
from llmchat.language import msg
from llmchat.settings.tools import REMOTE, ToolConfig
from llmchat.tools.lists import ToolLists
from llmchat.tools.servers.failures import is_closed, is_refused, why
from llmchat.tools.servers.log import ServerLog
from llmchat.tools.tool import ToolContext, ToolDefinition, ToolOutput, has_changed, hash_of

if TYPE_CHECKING:
    from mcp import Client

STARTS = 3  # in one run; a program that dies at each call is not restarted forever
PROBE_TIMEOUT = 3.0  # seconds for the question which newer protocol versions a server supports
END_TIMEOUT = 5.0  # seconds; its guard needs two for a server that does not end
LISTENING = "tools/list_changed"


class McpServer:
    """A host of tools. `start` runs in the background; nothing waits for it unnecessarily."""

    def __init__(self, config: ToolConfig, context: ToolContext) -> None:
        self.name, self.config = config.name, config
        self.identity = _identity(config)
        self.protocol = ""
        self._environ, self._max_result = context.environ, context.settings.max_result
        self._lists = ToolLists(context.cache)
        self._log = ServerLog(context.logs / f"{config.name}.log")
        self._tools: dict[str, ToolDefinition] | None = None  # its list from this run
        self._is_stale = False
        self._starts = 0
        self._owner: asyncio.Task[None] | None = None
        self._owners: set[asyncio.Task[None]] = set()  # including those that are still ending
        self._ready: asyncio.Future[Client] | None = None
        self._end = asyncio.Event()

    def start(self) -> None:
        """Begins to start the server, unless it is running or was told to end."""
        if self._owner is not None or self._end.is_set():
            return
        self._starts += 1
        loop = asyncio.get_running_loop()
        ready = self._ready = loop.create_future()
        ready.add_done_callback(_looked_at)
        patience = loop.call_later(self.config.start_timeout, self._give_up, ready)
        ready.add_done_callback(lambda _: patience.cancel())
        self._owner = loop.create_task(self._own(ready), name=f"tool server {self.name}")
        self._owners.add(self._owner)
        self._owner.add_done_callback(self._owners.discard)

    async def definitions(self) -> Sequence[ToolDefinition]:
        """Its own list if it is running, else the cached one, else waits for it."""
        cached = self._lists.read(self.name, self.identity) if self._tools is None else None
        return await self.fresh_definitions() if cached is None else cached

    async def fresh_definitions(self) -> Sequence[ToolDefinition]:
        """The server's present list, ignoring the cache."""
        await self._listed()
        return list((self._tools or {}).values())

    async def call(self, name: str, arguments: Mapping[str, Any], expected: str) -> ToolOutput:
        try:
            client = await self._listed()
        except LlmchatError as error:
            return ToolOutput(error.message, "error")
        tool = (self._tools or {}).get(name)
        if tool is None or tool.hash(self.identity) != expected:
            return has_changed(f"{self.name}/{name}")
        return await self._call(client, name, arguments)

    async def aclose(self) -> None:
        """Ends the server within a few seconds; its guard ends what is left."""
        self._end.set()
        if self._owner and self._ready and not self._ready.done():
            self._owner.cancel()  # it is still starting, and does not wait for the event
        if not self._owners:
            return
        _, left = await asyncio.wait(self._owners, timeout=END_TIMEOUT)
        for owner in left:
            owner.cancel()

    async def _call(self, client: Client, name: str, arguments: Mapping[str, Any]) -> ToolOutput:
        from llmchat.tools.servers.results import output_of

        limit = self.config.timeout
        try:
            async with asyncio.timeout(limit):
                result = await client.call_tool(name, dict(arguments))
        except TimeoutError:
            return ToolOutput(
                msg(
                    "{name}/{name2} did not answer within {limit:g} s.",
                    name=self.name,
                    name2=name,
                    limit=limit,
                ),
                "timeout",
            )
        except Exception as error:  # errors of the SDK or the server are all reported to the model
            return ToolOutput(await self._failure(name, error), "error")
        return output_of(result, self._max_result)

    async def _failure(self, name: str, error: Exception) -> str:
        if is_closed(error):
            await self._lose()
            last = self._last_words()
            return msg("{name} ended during the call", name=self.name) + (
                f": {last}" if last else "."
            )
        if is_refused(error):
            await self._lose()  # the next call begins a new session
        return msg(
            "{name}/{name2} failed: {why}",
            name=self.name,
            name2=name,
            why=why(error) or type(error).__name__,
        )

    def _last_words(self) -> str:
        """The last line of its log; "" for a server on the web, whose log has only messages of the
        SDK."""
        return "" if self.config.type in REMOTE else self._log.last_line()

    async def _listed(self) -> Client:
        """The connection, with a current list."""
        if self._starts < STARTS or self.config.type in REMOTE:
            self.start()
        if self._ready is None:
            raise self._error(msg("it was stopped"))
        client = await asyncio.shield(self._ready)
        if self._is_stale:
            await self._refresh(client)
        return client

    async def _refresh(self, client: Client) -> None:
        from llmchat.tools.servers.connection import listed

        self._is_stale = False  # cleared first, so that a change during the request is noticed
        try:
            async with asyncio.timeout(self.config.start_timeout):
                self._keep(await listed(client))
        except Exception as error:
            self._is_stale = True
            if is_closed(error):
                await self._lose()
            raise self._error(why(error) or msg("it does not list its tools")) from error

    async def _own(self, ready: asyncio.Future[Client]) -> None:
        """The task that owns the connection from start to end."""
        try:
            with self._log.opened() as log:
                await asyncio.to_thread(_load_sdk)  # 0.8 s of CPU, during the first request
                await self._hold(ready, log)
        except Exception as error:
            if not ready.done():
                said = self._last_words() if is_closed(error) else ""
                ready.set_exception(self._error(said or why(error)))
        finally:
            if not ready.done():
                ready.set_exception(self._error(msg("it was stopped")))
            if self._ready is ready and not self._end.is_set():
                self._owner = None  # the next call may start it again

    async def _hold(self, ready: asyncio.Future[Client], log: Any) -> None:
        from llmchat.tools.servers.connection import connected, listed

        async with connected(self.config, self._environ, log, self._heard) as client:
            self._keep(await listed(client))
            self.protocol = client.protocol_version
            listening = asyncio.create_task(self._listen(client))
            if not ready.done():
                ready.set_result(client)
            try:
                await self._end.wait()
            finally:
                listening.cancel()
                await asyncio.wait({listening})

    async def _listen(self, client: Client) -> None:
        """Subscribes to changes of the list, which protocol versions from 2026-07-28 require."""
        from mcp.client.subscriptions import ListenNotSupportedError, ToolsListChanged

        with suppress(ListenNotSupportedError, Exception):
            async with client.listen(tools_list_changed=True) as changes:
                async for change in changes:
                    self._is_stale = self._is_stale or isinstance(change, ToolsListChanged)

    async def _heard(self, message: Any) -> None:
        if getattr(message, "method", "") == f"notifications/{LISTENING}":
            self._is_stale = True

    async def _lose(self) -> None:
        """Ends the task after the connection was lost, so that the next call may start another."""
        owner, self._owner = self._owner, None
        if owner:
            owner.cancel()
            await asyncio.wait({owner}, timeout=END_TIMEOUT)

    def _keep(self, tools: list[ToolDefinition]) -> None:
        self._tools = {tool.name: tool for tool in tools}
        self._lists.write(self.name, self.identity, list(self._tools.values()))

    def _give_up(self, ready: asyncio.Future[Client]) -> None:
        if not ready.done():
            seconds = self.config.start_timeout
            problem = msg("no answer within {start_timeout:g} s", start_timeout=seconds)
            ready.set_exception(self._error(problem))
            if self._owner:
                self._owner.cancel()

    def _error(self, reason: str) -> ToolServerError:
        said = msg(": {reason}", reason=reason) if reason else ""
        return ToolServerError(
            msg("tool server {name} did not start{said}", name=self.name, said=said),
            hint=msg("see its log: {path}", path=self._log.path),
        )


def _identity(config: ToolConfig) -> str:
    """A hash of everything that determines what runs or who is called."""
    tables = [sorted(config.env.items()), sorted(config.headers.items())]
    return hash_of([config.type, config.command, config.args, config.cwd, config.url, tables])


def _load_sdk() -> None:
    """Imports the SDK, and shortens its 10 s for the first question, to which some servers never
    answer: a server has no more time to start."""
    from mcp.client import session

    session.DISCOVER_TIMEOUT_SECONDS = PROBE_TIMEOUT


def _looked_at(ready: asyncio.Future[Any]) -> None:
    """Retrieves the exception, so that asyncio does not warn that nobody did."""
    if not ready.cancelled():
        ready.exception()
