"""Starts the server: `llmchat serve`.

Why: docs/decisions/0140-a-server-on-this-machine.md.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from llmchat.app.serve.key import key_in, own_key
from llmchat.errors import ConfigError, LlmchatError
from llmchat.language import msg
from llmchat.values.secret import Secret

if TYPE_CHECKING:
    from llmchat.app.run.context import Context
    from llmchat.app.serve.options import ServeOptions
    from llmchat.app.serve.service import Service

EXTRA = msg("pip install 'llmchat-cli[serve]'")


def show_key(context: Context) -> None:
    context.print(own_key(context))


def serve(context: Context, options: ServeOptions) -> int:
    """Serves until a signal."""
    options.check()
    try:
        from llmchat.app.serve.http import (
            listening,
            routes,  # starlette and uvicorn: an extra
        )
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("starlette", "uvicorn", "h11"):
            raise
        raise ConfigError(msg("llmchat serve needs the extra serve"), hint=EXTRA) from error
    from llmchat.app.serve.http.gates import Gates
    from llmchat.app.serve.screen import start_screen
    from llmchat.app.serve.service import Service

    key = _key(context, options)
    socket = listening.listen(options.host, options.port)
    with socket:
        service = Service(context, options)
        address = _address(options.host, socket.getsockname()[1])

        def started() -> None:
            lines = start_screen(service, address, keyed=key is not None)
            context.report.drawn("".join(f"{context.report.safe(line)}\n" for line in lines))

        gates = Gates(routes.application(service), options.host, key, options.origins)
        try:
            listening.serve(
                gates, socket, started=started, reload=partial(_reload, service, context)
            )
        finally:
            service.log.close()
    return 0


def _address(host: str, port: int) -> str:
    name = host.strip("[]")
    return f"http://[{name}]:{port}" if ":" in name else f"http://{host}:{port}"


async def _reload(service: Service, context: Context) -> None:
    """Reads changed settings; if they have a mistake, the old ones stay in use."""
    from llmchat.app.run.context import open_context

    try:
        await service.reload(open_context(context.world, context.flags))
        context.report.rows([msg("settings reloaded")])
    except LlmchatError as error:
        context.report.warning(msg("settings not reloaded: {message}", message=error.message))


def _key(context: Context, options: ServeOptions) -> str | None:
    if options.no_key:
        return None
    key = key_in(context, options.key_file) if options.key_file else own_key(context)
    context.world.conceal(Secret(key))
    return key
