"""Opens the tools of a run, and wraps an answerer in the loop that runs them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractContextManager, asynccontextmanager
from typing import TYPE_CHECKING

from llmchat.app.calling.approval import Approval, Desk
from llmchat.app.calling.at_terminal import TerminalDesk
from llmchat.app.calling.loop import ToolLoop
from llmchat.app.calling.offer import OfferedTools
from llmchat.app.terminal.consent import can_ask
from llmchat.app.tools.tools import tool_context
from llmchat.failover import Answerer, no_tools
from llmchat.providers import takes_tools
from llmchat.settings.tools import read_tools
from llmchat.tools.toolbox import open_toolbox
from llmchat.values.secret import long_keys, redact

if TYPE_CHECKING:
    from llmchat.app.ask.input.question import QuestionOptions
    from llmchat.app.run.context import Context
    from llmchat.tools.tool import Toolbox


def open_tools(
    context: Context, names: Sequence[str], *, allow: Sequence[str], desk: Desk | None
) -> OfferedTools:
    """The tools of a run. Nothing is started before the first question; without a desk the person
    is not asked."""

    async def open_box(wanted: Sequence[str]) -> Toolbox:
        return await open_toolbox(tool_context(context), wanted, allow=allow)

    def mask(text: str) -> str:
        """Masks keys in a result, which goes to a model: llmchat's own, and those of the tool."""
        return redact(text, long_keys(context.world.secrets))

    judge = Approval(context, desk) if desk else None
    return OfferedTools(open_box, names, judge=judge, mask=mask)


def most_rounds(context: Context, flag: int | None) -> int:
    """What --max-rounds says, else the setting."""
    return read_tools(context.settings.document).max_rounds if flag is None else flag


def takers(names: Sequence[str]) -> list[str]:
    """The providers whose models can call tools; an error if there are none."""
    able = [name for name in names if takes_tools(name)]
    if not able:
        raise no_tools(names)
    return able


def desk_of(
    context: Context, making_room: Callable[[], AbstractContextManager[object]]
) -> Desk | None:
    """The terminal to ask at, if a person is there."""
    return TerminalDesk(context, making_room) if can_ask(context) else None


@asynccontextmanager
async def with_tools(
    context: Context, answerer: Answerer, options: QuestionOptions, desk: Desk | None
) -> AsyncIterator[ToolLoop]:
    """The answerer with the loop around it; tool programs have ended when the context ends."""
    tools = open_tools(context, options.tools, allow=options.allow, desk=desk)
    ticks, most = context.world.clock.ticks, most_rounds(context, options.max_rounds)
    try:
        yield ToolLoop(answerer, tools, ticks=ticks, most_rounds=most)
    finally:
        await tools.aclose()


@asynccontextmanager
async def with_allowed_tools(
    context: Context, answerer: Answerer, options: QuestionOptions
) -> AsyncIterator[Answerer]:
    """For many questions at once: only tools that are allowed by name, without asking."""
    async with with_tools(context, answerer, options, None) as loop:
        await loop.tools.offered()  # opened once; errors are raised before the first question
        yield loop
