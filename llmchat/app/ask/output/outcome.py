"""After a turn: content-filter refusals, token usage, and the service's health."""

from __future__ import annotations

from llmchat.app.run.context import Context
from llmchat.errors import Filtered, LlmchatError
from llmchat.language import joined, msg
from llmchat.language.dates import short_time
from llmchat.values.turn import Turn


def refusal_in(turn: Turn | None) -> LlmchatError | None:
    """A whole answer that is none: the filter's canned text."""
    if turn and turn.finish_reason == "filter":
        return Filtered(
            msg("refused by the service's content filter"), hint=msg("rephrase your question")
        )
    return None


def length_notice(turn: Turn, *, hint: str) -> str:
    """A line when the model's own limit cut the answer; `hint` is what goes on with it."""
    if turn.finish_reason != "length":
        return ""
    return msg("the answer reached the model's length limit; continue with {hint}", hint=hint)


def note_health(context: Context, turn: Turn) -> None:
    """How each one did, for the order of `auto`."""
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
        cached = (
            msg(" ({cached_tokens} cached)", cached_tokens=usage.cached_tokens)
            if usage.cached_tokens
            else ""
        )
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
        from llmchat.app.history.spending import cost_shown  # the prices, only for --usage

        if cost := cost_shown(context, turn.provider, turn.model or turn.requested_model, usage):
            parts.append(cost)
    if turn.first_token_ms is not None:
        parts.append(msg("first after {short_time}", short_time=short_time(turn.first_token_ms)))
    if turn.total_ms is not None:
        parts.append(msg("all in {short_time}", short_time=short_time(turn.total_ms)))
    return joined(", ", parts)
