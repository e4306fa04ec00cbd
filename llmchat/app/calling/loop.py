"""Runs the tools that a model calls, round by round, until it answers.

Wraps another answerer: shows each round's calls to the person, runs them concurrently, and asks the
model again with their results. Why: docs/decisions/0123-one-answer-many-rounds.md.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeVar

from llmchat.app.calling.arguments import BadArguments, parse_arguments, written
from llmchat.errors import LlmchatError, ToolLimit
from llmchat.failover import Answerer, Around
from llmchat.language import msg, msg_n
from llmchat.language.nearest import suggestion
from llmchat.tools.tool import Tool, ToolOutput
from llmchat.values.calls import ToolCall, ToolResult
from llmchat.values.events import Decided, Delta, Event, Fallback, Finish, Reasoning, Stage, Usage
from llmchat.values.messages import Message, Request
from llmchat.values.rounds import result_message

MOST_ROUNDS = 10
MOST_CALLS = 20  # in one round; the others are answered without being run
Word = TypeVar("Word")
COUNTS = ("prompt_tokens", "completion_tokens", "total_tokens", "cached_tokens")


@dataclass(frozen=True, slots=True)
class Verdict:
    """The person's decision about a call; `arguments` are those that it may run with."""

    runs: bool
    arguments: Mapping[str, Any] = field(default_factory=dict)
    edited: bool = False


class Tools(Protocol):
    """What the loop needs to know the tools and to ask the person."""

    async def offered(self) -> Sequence[Tool]:
        """The tools offered to the model; without any, the answerer is used as usual."""

    async def verdict(self, tool: Tool, arguments: Mapping[str, Any]) -> Verdict: ...

    async def go_on(self, rounds: int) -> bool:
        """Whether the model may have as many rounds again."""

    async def call(self, tool: Tool, arguments: Mapping[str, Any]) -> ToolOutput: ...

    def masked(self, text: str) -> str:
        """A tool's output with this run's keys masked."""


class ToolLoop(Around):
    """Asks `answerer`, and runs the tools it calls."""

    def __init__(
        self,
        answerer: Answerer,
        tools: Tools,
        *,
        ticks: Callable[[], float],
        most_rounds: int = MOST_ROUNDS,
    ) -> None:
        self.answerer, self.id = answerer, answerer.id
        self.tools = tools
        self._ticks = ticks
        self._most = most_rounds

    async def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        messages, used, done, left = request.messages, Usage(), 0, self._most
        said = ""  # the end of the text so far
        while True:
            known = {tool.spec.name: tool for tool in await self.tools.offered()}
            specs = tuple(tool.spec for tool in known.values())
            one = Round(done + 1, known, said)
            asked = replace(request, messages=messages, tools=specs, unforced=bool(done))
            async with aclosing(self.answerer.stream(asked)) as events:
                async for event in events:
                    for passed in one.taken(event):
                        yield passed
            if one.usage:
                used = total(used, one.usage)
                yield used
            assert one.finish is not None  # the contract of a stream guarantees it
            if not one.calls or not known:
                yield one.finish
                return
            if not left:
                agreed, decided = await self._timed(self.tools.go_on(self._most))
                yield decided
                if not agreed:
                    problem = msg(
                        "stopped after {done} rounds of tool calls without an answer", done=done
                    )
                    raise ToolLimit(problem, model=one.finish.model)
            left = (left or self._most) - 1
            async with aclosing(self._answered(one)) as events:
                async for event in events:
                    yield event
            messages, done, said = (*messages, *one.messages()), done + 1, one.end

    async def _answered(self, one: Round) -> AsyncGenerator[Event, None]:
        """Yields each call, then each result. The person decides about all calls before the first
        one runs."""
        ready: list[tuple[ToolCall, Tool, Verdict]] = []
        for number, call in enumerate(one.calls):
            yield call
            try:
                tool, arguments = one.find(call, number)
            except BadArguments as error:
                one.results[call] = ToolResult(call, str(error), "error")
                continue
            verdict, decided = await self._timed(self.tools.verdict(tool, arguments))
            yield decided
            if verdict.runs:
                ready.append((call, tool, verdict))
            else:
                one.results[call] = ToolResult(call, "", "refused")
        for result in list(one.results.values()):
            yield result
        running = {call: tool.label for call, tool, _ in ready}
        if running:
            yield Stage(msg("running {listed}", listed=listed(list(running.values()))))
        async with aclosing(self._run(ready)) as results:
            async for result in results:
                one.results[result.call] = result
                yield result
                del running[result.call]
                if running:
                    yield Stage(msg("running {listed}", listed=listed(list(running.values()))))

    async def _timed(self, word: Awaitable[Word]) -> tuple[Word, Decided]:
        """What the person says, and how long that took."""
        began = self._ticks()
        return await word, Decided(self._ticks() - began)

    async def _run(
        self, ready: Sequence[tuple[ToolCall, Tool, Verdict]]
    ) -> AsyncGenerator[ToolResult, None]:
        """Runs the calls concurrently and yields results as they come; closing the generator
        cancels the rest."""
        tasks = {asyncio.create_task(self._result(*one)) for one in ready}
        try:
            while tasks:
                ended, tasks = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                for task in ended:
                    yield task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _result(self, call: ToolCall, tool: Tool, verdict: Verdict) -> ToolResult:
        """Runs one call; any failure of the tool is reported to the model as the result."""
        began = self._ticks()
        try:
            output = await self.tools.call(tool, verdict.arguments)
        except LlmchatError as error:
            output = ToolOutput(error.message, "error")
        except Exception as error:
            output = ToolOutput(f"{type(error).__name__}: {error}", "error")
        text = self.tools.masked(output.text)
        edited = written(verdict.arguments) if verdict.edited else ""
        if edited:
            text = f"(The person changed the arguments to {edited})\n{text}"
        ms = round((self._ticks() - began) * 1000)
        return ToolResult(call, text, output.outcome, ms, edited)


class Round:
    """One request of a turn, and the calls that it returned."""

    def __init__(self, number: int, known: Mapping[str, Tool], before: str) -> None:
        self._number = number
        self._known = known
        self._before = before
        self._text: list[str] = []
        self._thoughts: list[str] = []
        self.calls: list[ToolCall] = []
        self.results: dict[ToolCall, ToolResult] = {}
        self.usage: Usage | None = None
        self.finish: Finish | None = None

    def taken(self, event: Event) -> Sequence[Event]:
        """Takes an event and returns those to pass on; the texts of two rounds become separate
        paragraphs."""
        match event:
            case ToolCall():
                self.calls.append(self._named(event))
                return ()
            case Usage():
                self.usage = event
                return ()
            case Finish():
                self._end(event)
                return ()
            case Fallback():
                self.calls.clear()  # the request is repeated
            case Reasoning(text):
                self._thoughts.append(text)
            case Delta(text):
                self._text.append(text)
                gap = gap_between(self._before, text) if len(self._text) == 1 else ""
                return (Delta(gap), event) if gap else (event,)
        return (event,)

    def _end(self, finish: Finish) -> None:
        self.finish = finish
        if finish.reason in ("length", "filter"):  # the call may be incomplete too
            self.calls.clear()
        if self.calls:
            self.calls[0] = replace(self.calls[0], memory=finish.memory)

    @property
    def end(self) -> str:
        """The last characters of the text, which decide how the next round's text is joined."""
        return ("".join(self._text) or self._before)[-2:]

    def find(self, call: ToolCall, place: int) -> tuple[Tool, dict[str, Any]]:
        """The tool of a call and its arguments; raises the reply that the model gets if there is
        none."""
        if place >= MOST_CALLS:
            raise BadArguments(
                msg("not run: at most {most_calls} calls at once", most_calls=MOST_CALLS)
            )
        if call.name not in self._known:
            near = suggestion(call.name, list(self._known))
            if near:
                raise BadArguments(
                    msg("there is no tool {name!r}; {meant}", name=call.name, meant=near)
                )
            raise BadArguments(msg("there is no tool {name!r}", name=call.name))
        return self._known[call.name], parse_arguments(call.arguments)

    def messages(self) -> list[Message]:
        """The messages that tell the next request about this round."""
        assert self.finish is not None
        asked = Message(
            "assistant",
            "".join(self._text),
            memory=self.finish.memory,
            calls=tuple(self.calls),
            reasoning="".join(self._thoughts),
        )
        results = (self.results[call] for call in self.calls)
        return [asked, *(result_message(r.call, r.text, r.outcome) for r in results)]

    def _named(self, call: ToolCall) -> ToolCall:
        """The call with the tool's name for people, and a unique id."""
        tool = self._known.get(call.name)
        label = tool.label if tool else ""
        taken = {other.id for other in self.calls}
        name, number = call.id, len(taken)
        while name in taken:
            number += 1
            name = f"{call.id[: 9 - len(str(number))]}{number}"
        return replace(call, id=name, label=label, round=self._number)


def gap_between(before: str, text: str) -> str:
    """The line ends that start a new paragraph, if there is text before it."""
    if not before:
        return ""
    have = len(before) - len(before.rstrip("\n")) + len(text) - len(text.lstrip("\n"))
    return "\n" * max(0, 2 - have)


def total(one: Usage, other: Usage) -> Usage:
    """The sum of two usages; unknown numbers are ignored."""
    pairs = [(getattr(one, name), getattr(other, name)) for name in COUNTS]
    known = [[count for count in pair if count is not None] for pair in pairs]
    sums = [sum(counts) if counts else None for counts in known]
    return Usage(*sums)


def listed(labels: Sequence[str]) -> str:
    """`time/now`, or `time/now and 2 others`."""
    more = len(labels) - 1
    if not more:
        return labels[0]
    return msg_n("{label} and {n} other", "{label} and {n} others", more, label=labels[0])
