"""Connects to one MCP server over stdio, streamable HTTP or SSE, and lists its tools."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, TextIO

from llmchat import __version__
from llmchat.errors import ConfigError, ToolServerError
from llmchat.language import msg
from llmchat.settings.tools import REMOTE, ToolConfig
from llmchat.tools.guard import LONGEST_ANSWER
from llmchat.tools.lists import LARGEST
from llmchat.tools.processes import guarded, prepared
from llmchat.tools.servers.log import told_of_the_end
from llmchat.tools.tool import NO_PARAMETERS, ToolDefinition
from llmchat.values.endpoint import is_loopback
from llmchat.values.urls import host_of, is_web_address

if TYPE_CHECKING:
    from mcp import Client
    from mcp.client.session import MessageHandlerFnT

PAGES = 100  # of a list; a server might send pages without end
MOST_LISTED = 1_000  # tools of one server
QUIET = 300.0  # seconds without data on an open stream; calls have their own limit


def check(config: ToolConfig, environ: Mapping[str, str]) -> None:
    """Raises an error for what is wrong with a server, as far as known without starting it."""
    if config.type not in REMOTE:
        prepared(config, environ)
        return
    place = f"tools.{config.name}.url"
    if not is_web_address(config.url):
        raise ConfigError(
            msg("{place} must be an https:// URL", place=place), hint=msg("llmchat config edit")
        )
    is_open = config.url.startswith("http://") and not is_loopback(host_of(config.url))
    if is_open and not config.allow_http:
        hint = msg(
            "use https://, or llmchat config set tools.{name}.allow_http true", name=config.name
        )
        raise ConfigError(
            msg("{place}: anyone on the network path can read http://", place=place), hint=hint
        )


@asynccontextmanager
async def connected(
    config: ToolConfig, environ: Mapping[str, str], log: TextIO, on_message: MessageHandlerFnT
) -> AsyncIterator[Client]:
    """The connection; it must be entered and left in the same task, because of the SDK's cancel
    scopes."""
    from mcp import Client
    from mcp_types import Implementation

    refusals: list[int] = []  # the SDK's error does not contain the status
    ends: list[Exception] = []  # nor does it report the end of an SSE connection
    try:
        async with _until_an_end(ends), AsyncExitStack() as stack:
            transport = await _transport(config, environ, log, refusals, stack)
            info = Implementation(name="llmchat", version=__version__)
            client = Client(transport, message_handler=on_message, client_info=info, cache=None)
            yield await stack.enter_async_context(client)
    except Exception as error:
        if refusals:
            hint = msg("check its url and headers")
            raise ToolServerError(_refusal(refusals[-1]), hint=hint) from error
        if ends:
            raise ends[0] from error
        raise


@asynccontextmanager
async def _until_an_end(ends: list[Exception]) -> AsyncIterator[None]:
    """Raises TimeoutError in the block as soon as its connection has ended, and stores the
    reason."""

    def end(error: Exception) -> None:
        ends.append(error)
        with suppress(RuntimeError):  # it was left meanwhile
            patience.reschedule(0)

    async with asyncio.timeout(None) as patience:
        with told_of_the_end(end):
            yield


async def listed(client: Client) -> list[ToolDefinition]:
    """All pages of the list, up to a limit."""
    found: list[ToolDefinition] = []
    cursor: str | None = None
    size = 0
    for _ in range(PAGES):
        page = await client.list_tools(cursor=cursor)
        found += [_definition(tool) for tool in page.tools]
        size += len(page.model_dump_json())
        if size > LARGEST:
            raise ToolServerError(
                msg("its list of tools is too large"), hint=msg("use another server")
            )
        if not page.next_cursor or page.next_cursor == cursor:
            return found
        if len(found) > MOST_LISTED:
            break
        cursor = page.next_cursor
    raise ToolServerError(msg("its list of tools does not end"), hint=msg("use another server"))


async def _transport(
    config: ToolConfig,
    environ: Mapping[str, str],
    log: TextIO,
    refusals: list[int],
    stack: AsyncExitStack,
) -> Any:
    if config.type == "stdio":
        return _stdio(config, environ, log)
    if config.type == "sse":
        from mcp.client.sse import sse_client

        return sse_client(
            config.url,
            headers=dict(config.headers),
            httpx_client_factory=_web_client(config, refusals),
        )
    from mcp.client.streamable_http import streamable_http_client

    http = await stack.enter_async_context(_web_client(config, refusals)(dict(config.headers)))
    return streamable_http_client(config.url, http_client=http)


def _stdio(config: ToolConfig, environ: Mapping[str, str], log: TextIO) -> Any:
    from mcp.client.stdio import StdioServerParameters, stdio_client

    begun = guarded(prepared(config, environ), 0)  # 0 is its stdin, whose other end we have open
    command, *args = begun["args"]
    parameters = StdioServerParameters(
        command=command,
        args=args,
        env=begun["env"],
        cwd=begun["cwd"],
        encoding_error_handler="replace",
    )
    return stdio_client(parameters, errlog=log)


def _refusal(status: int) -> str:
    if status in (401, 403):
        return msg("HTTP {status}: check its headers", status=status)
    return msg("HTTP {status}", status=status)


def _web_client(config: ToolConfig, refusals: list[int]) -> Any:
    """An HTTP client; the system's proxy is used for other machines, but not for this one."""
    import httpx2

    async def heard(response: httpx2.Response) -> None:
        """Reads a response that is not an event stream with a limit, which the SDK would not
        have."""
        refusals[:] = [response.status_code] if response.status_code >= 400 else []
        if response.headers.get("content-type", "").lower().startswith("text/event-stream"):
            return
        content = bytearray()
        async for part in response.aiter_bytes():
            content += part
            if len(content) > LONGEST_ANSWER:
                most = LONGEST_ANSWER >> 20
                raise httpx2.ReadError(msg("its answer is larger than {most} MiB", most=most))
        response._content = bytes(content)  # as `aread` would set it

    def client(
        headers: dict[str, str] | None = None, timeout: Any = None, auth: Any = None
    ) -> httpx2.AsyncClient:
        local = is_loopback(host_of(config.url))
        limits = timeout or httpx2.Timeout(config.start_timeout, read=QUIET)
        return httpx2.AsyncClient(
            headers=headers,
            timeout=limits,
            auth=auth,
            trust_env=not local,
            event_hooks={"response": [heard]},
        )

    return client


def _definition(tool: Any) -> ToolDefinition:
    hints = (
        tool.annotations.model_dump(by_alias=True, exclude_none=True) if tool.annotations else {}
    )
    return ToolDefinition(
        name=tool.name,
        description=tool.description or "",
        parameters=tool.input_schema or NO_PARAMETERS,
        title=tool.title or str(hints.get("title") or ""),
        hints=hints,
    )
