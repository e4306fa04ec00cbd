"""After a turn: content-filter refusals, token usage, and the service's health."""

from __future__ import annotations

import asyncio

from llmchat.app.run.context import Context
from llmchat.errors import Filtered, LlmchatError
from llmchat.language import joined, msg
from llmchat.language.dates import short_time
from llmchat.values.turn import Turn

BALANCE_SECONDS = 5.0  # nobody should wait longer for this number after the answer


def refusal_in(turn: Turn | None) -> LlmchatError | None:
    """The error if the answer is only the canned text of a content filter."""
    if turn and turn.finish_reason == "filter":
        return Filtered(
            msg("refused by the service's content filter"), hint=msg("rephrase your question")
        )
    return None


def length_notice(turn: Turn, *, hint: str) -> str:
    """A line if the model's limit cut the answer off; `hint` says how to continue."""
    if turn.finish_reason != "length":
        return ""
    if not hint:
        return msg("the answer reached the model's length limit")
    return msg("the answer reached the model's length limit; continue with {hint}", hint=hint)


def note_health(context: Context, turn: Turn) -> None:
    """Records the result of each attempt, for the order of `auto`."""
    if not turn.attempts or all(attempt.provider == "demo" for attempt in turn.attempts):
        return
    now = context.world.clock.now()
    *before, last = turn.attempts
    for attempt in before:
        context.health.record(attempt.provider, attempt.outcome, None, now)
    context.health.record(last.provider, last.outcome, turn.first_token_ms, now)


def usage_line(context: Context, turn: Turn) -> str:
    """`zai/glm-5.3: 17 + 25 = 42 tokens (2 cached), 0.0001 USD, first after 0.3 s, all in 1 s`."""
    usage = turn.usage
    who = f"{turn.provider}/{turn.model or turn.requested_model or '?'}"
    parts: list[str] = [msg("{who}: tokens not reported", who=who)]
    if usage.total_tokens is not None or usage.completion_tokens is not None:
        counts = (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens)
        prompt, answer, total = ("?" if count is None else count for count in counts)
        cached = ""
        if usage.cached_tokens:
            cached = msg(" ({cached_tokens} cached)", cached_tokens=usage.cached_tokens)
        parts = [
            msg(
                "{who}: {prompt} + {answer} = {total} tokens{cached}",
                who=who,
                prompt=prompt,
                answer=answer,
                total=total,
                cached=cached,
            )
        ]
        if cost := _cost(context, turn):
            parts.append(cost)
    if turn.first_token_ms is not None:
        parts.append(
            msg("first token after {short_time}", short_time=short_time(turn.first_token_ms))
        )
    if turn.total_ms is not None:
        parts.append(msg("total {short_time}", short_time=short_time(turn.total_ms)))
    return joined(", ", parts)


def _cost(context: Context, turn: Turn) -> str:
    """The cost in money; for GigaChat, which sells token packages, what is left of them."""
    from llmchat.app.history.spending import cost_shown, has_price  # prices, so only for --usage

    model = turn.model or turn.requested_model
    if turn.provider == "gigachat" and not has_price(context, turn.provider, model):
        left = _left_of_packages(context, {model, model.partition(":")[0], turn.requested_model})
        if left:
            return left
    return cost_shown(context, turn.provider, model, turn.usage)


def _left_of_packages(context: Context, names: set[str]) -> str:
    """What is left of the model's package, else of all; "" if the account does not report it in
    time."""
    from llmchat.app.models import PackageBalance, balance
    from llmchat.app.run import signals

    async def asked() -> list[PackageBalance]:
        async with asyncio.timeout(BALANCE_SECONDS):
            return await balance(context, "gigachat")

    try:
        rows = signals.run(asked)
    except (LlmchatError, TimeoutError):
        return ""
    rows = [row for row in rows if row.model in names] or rows
    left = ", ".join(f"{row.model} {row.tokens:,.0f}" for row in rows)
    return msg("left of the package: {left}", left=left) if rows else ""
