"""The tools of a run: which are offered to a model, and the toolbox that runs them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from llmchat.app.calling.loop import Verdict
from llmchat.errors import UsageError
from llmchat.language import msg, some

if TYPE_CHECKING:
    from llmchat.app.calling.approval import Approval
    from llmchat.tools.tool import Tool, Toolbox, ToolOutput

OpenBox = Callable[[Sequence[str]], Awaitable["Toolbox"]]


class OfferedTools:
    """`names` are those of -T; `judge` is None if no person can be asked: then only tools that the
    settings or a flag allow are offered."""

    def __init__(
        self,
        open_box: OpenBox,
        names: Sequence[str] = (),
        *,
        judge: Approval | None = None,
        mask: Callable[[str], str] = str,
    ) -> None:
        self.names = tuple(names)
        self.left_out: set[str] = set()  # labels of tools that the person switched off
        self._open = open_box
        self._judge = judge
        self._mask = mask
        self.latest: Sequence[Tool] = ()  # as they were when last listed
        self._box: Toolbox | None = None
        self._opened_for: tuple[str, ...] = ()

    async def known(self) -> Sequence[Tool]:
        """All tools that the names refer to, offered or not."""
        self.latest = await (await self._ready()).tools() if self.names else ()
        return self.latest

    async def offered(self) -> Sequence[Tool]:
        known = await self.known()
        wanted = [tool for tool in known if tool.label not in self.left_out]
        return wanted if self._judge else _allowed(wanted)

    async def verdict(self, tool: Tool, arguments: Mapping[str, Any]) -> Verdict:
        if tool.allowed:
            return Verdict(True, arguments)
        return await self._judge.verdict(tool, arguments) if self._judge else Verdict(False)

    async def go_on(self, rounds: int) -> bool:
        return await self._judge.go_on(rounds) if self._judge else False

    async def call(self, tool: Tool, arguments: Mapping[str, Any]) -> ToolOutput:
        return await (await self._ready()).call(tool, arguments)

    def masked(self, text: str) -> str:
        return self._mask(text)

    async def aclose(self) -> None:
        box, self._box = self._box, None
        if box:
            await box.aclose()

    async def _ready(self) -> Toolbox:
        """The toolbox for the present names."""
        if self._box and self._opened_for != self.names:
            await self.aclose()
        if self._box is None:
            self._box = await self._open(self.names)
            self._opened_for = self.names
        return self._box


def _allowed(tools: Sequence[Tool]) -> list[Tool]:
    """The tools that may run even if nobody can be asked."""
    allowed = [tool for tool in tools if tool.allowed]
    if tools and not allowed:
        labels = [tool.label for tool in tools]
        raise UsageError(
            msg("cannot ask you about {some} without a terminal", some=some(labels, most=3)),
            hint=msg("allow it by name: --allow {labels}", labels=labels[0]),
        )
    return allowed
