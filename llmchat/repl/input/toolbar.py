"""The status line below the prompt: model, conversation, and numbers of the last turn."""

from __future__ import annotations

from dataclasses import dataclass

from llmchat.language import msg, translated
from llmchat.render.clean import clean_line
from llmchat.render.width import cut, width
from llmchat.values.turn import Turn

GAP = "  ·  "
LONGEST_TITLE = 40
LEAST_SECONDS = 0.3  # from the first to the last token; less gives no meaningful speed


@dataclass(frozen=True, slots=True)
class Facts:
    who: str
    title: str = ""
    tokens: str = ""
    first_token: str = ""
    speed: str = ""
    extra: str = ""  # what is attached to the next message


def toolbar(facts: Facts, columns: int) -> str:
    """The line with as many facts as fit; the least important ones are dropped first."""
    title = cut(facts.title, LONGEST_TITLE)
    parts = [facts.who, title, facts.extra, facts.tokens, facts.first_token, facts.speed]
    for dropped in (None, 5, 4, 1, 3, 2):
        if dropped is not None:
            parts[dropped] = ""
        line = GAP.join(clean_line(translated(part)) for part in parts if part)
        if width(line) < columns:
            return line
    return cut(clean_line(facts.who), max(1, columns - 1))


def turn_facts(turn: Turn | None) -> tuple[str, str, str]:
    """Tokens, time to the first token, and tokens per second, as far as they are known."""
    if turn is None:
        return "", "", ""
    usage = turn.usage
    total = usage.total_tokens if usage.total_tokens is not None else usage.completion_tokens
    tokens = msg("{total:,} tokens", total=total) if total is not None else ""
    first = (
        msg("first {first_token_ms:.1f} s", first_token_ms=turn.first_token_ms / 1000)
        if turn.first_token_ms is not None
        else ""
    )
    return tokens, first, _speed(turn)


def _speed(turn: Turn) -> str:
    completion = turn.usage.completion_tokens
    if completion is None or turn.total_ms is None or turn.first_token_ms is None:
        return ""
    seconds = (turn.total_ms - turn.first_token_ms) / 1000
    return (
        msg("{completion:.0f} tokens/s", completion=completion / seconds)
        if seconds >= LEAST_SECONDS
        else ""
    )
