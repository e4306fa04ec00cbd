"""Where the last answer came from, as rows for /info."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from llmchat.errors import LlmchatError
from llmchat.language import joined, msg
from llmchat.language.dates import short_time
from llmchat.values.calls import KeptCall

if TYPE_CHECKING:
    from llmchat.repl.session import Session
    from llmchat.store.history.rows import MessageRow
    from llmchat.values.turn import Turn

STATES = {
    "complete": msg("complete"),
    "interrupted": msg("interrupted"),
    "incomplete": msg("incomplete"),
    "error": msg("failed"),
}
CALLS = {
    "": msg("unfinished"),
    "ok": msg("ok"),
    "error": msg("error"),
    "refused": msg("refused"),
    "timeout": msg("timeout"),
    "cancelled": msg("cancelled"),
}


@dataclass(frozen=True, slots=True)
class TurnInfo:
    """An answer's origin, of this session or out of the history."""

    provider: str
    model: str
    requested: str
    state: str
    finish: str
    request_id: str
    counts: tuple[int | None, int | None, int | None, int | None]
    first_token_ms: int | None
    total_ms: int | None
    attempts: tuple[str, ...]
    error: str
    calls: tuple[str, ...] = ()


def last_turn(session: Session) -> TurnInfo | None:
    turn = session.conversation.turn
    if turn is not None and turn.state != "streaming":
        return _of_turn(turn)
    history, leaf = session.history, session.conversation.leaf
    if history is None or leaf is None:
        return None
    try:
        row = history.message(leaf)
    except LlmchatError:
        return None
    if row.role != "assistant":
        return None
    return replace(_of_row(row), calls=_told(history.calls([row]).get(row.id, ())))


def provenance(turn_info: TurnInfo) -> list[list[str]]:
    """Only what is known."""
    prompt, completion, total, cached = turn_info.counts
    counted = total is not None or completion is not None
    cache = msg(", {cached} cached", cached=cached) if cached else ""
    shown = msg(
        "{prompt} + {answer} = {total}{cached}",
        prompt=_known(prompt),
        answer=_known(completion),
        total=_known(total),
        cached=cache,
    )
    rows: list[list[str]] = [
        [msg("requested"), turn_info.requested],
        [msg("answered by"), f"{turn_info.provider}/{turn_info.model or '?'}"],
        [msg("state"), _state(turn_info)],
        [msg("tokens"), shown if counted else msg("not reported")],
        [msg("first token"), short_time(turn_info.first_token_ms)],
        [msg("whole answer"), short_time(turn_info.total_ms)],
        [msg("attempts"), joined("; ", turn_info.attempts)],
        [msg("tool calls"), joined("; ", turn_info.calls)],
        [msg("request id"), turn_info.request_id],
        [msg("error"), turn_info.error],
    ]
    return [row for row in rows if row[1]]


def _state(turn_info: TurnInfo) -> str:
    state = STATES.get(turn_info.state, turn_info.state)
    if not turn_info.finish:
        return state
    return msg("{state} ({reason})", state=state, reason=turn_info.finish)


def _of_turn(turn: Turn) -> TurnInfo:
    usage = turn.usage
    return TurnInfo(
        turn.provider,
        turn.model,
        turn.requested_model,
        turn.state,
        turn.finish_reason,
        turn.request_id,
        (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens, usage.cached_tokens),
        turn.first_token_ms,
        turn.total_ms,
        tuple(_attempt(a.provider, a.outcome, a.ms) for a in turn.attempts),
        turn.error.message if turn.error else "",
        _told(turn.calls),
    )


def _of_row(row: MessageRow) -> TurnInfo:
    attempts = json.loads(row.attempts)
    return TurnInfo(
        row.provider,
        row.model,
        row.requested_model,
        row.state,
        row.finish_reason,
        row.request_id,
        (row.prompt_tokens, row.completion_tokens, row.total_tokens, row.cached_tokens),
        row.first_token_ms,
        row.total_ms,
        tuple(_attempt(a["provider"], a["outcome"], a["ms"]) for a in attempts),
        row.error,
    )


def _attempt(provider: str, outcome: str, ms: float) -> str:
    return msg(
        "{provider} {outcome}, {s:.1f} s", provider=provider, outcome=msg(outcome), s=ms / 1000
    )


def _told(calls: Iterable[KeptCall]) -> tuple[str, ...]:
    """`time/now ok, 0.3 s`."""
    facts = [(joined(" ", [kept.name, CALLS[kept.outcome]]), short_time(kept.ms)) for kept in calls]
    return tuple(joined(", ", filter(None, pair)) for pair in facts)


def _known(count: int | None) -> str:
    return "?" if count is None else f"{count:,}"
