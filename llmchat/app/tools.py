"""The tools of a run, and what `llmchat tools` does with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmchat.secret import Secret, tells_secret
from llmchat.settings.tools import ToolConfig, read_tools
from llmchat.tools.toolbox import ToolContext

if TYPE_CHECKING:
    from llmchat.app.context import Context

SHORTEST_SECRET = 8  # characters; masking a shorter value would blacken ordinary words


def tool_context(context: Context) -> ToolContext:
    """What tools need of this run; secrets in their tables are masked from now on."""
    settings = read_tools(context.settings.document)
    for config in settings.configs.values():
        _conceal(context, config)
    paths = context.paths
    return ToolContext(
        settings,
        context.world.environ,
        context.world.cwd,
        paths.config_file.parent,
        paths.tool_lists,
        paths.tool_logs,
    )


def _conceal(context: Context, config: ToolConfig) -> None:
    for name, value in (*config.env.items(), *config.headers.items()):
        if tells_secret(name) and len(value) >= SHORTEST_SECRET and "${" not in value:
            context.world.conceal(Secret(value))
