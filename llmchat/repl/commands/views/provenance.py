"""Where the last answer came from, as rows for /info."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from llmchat.errors import LlmchatError
from llmchat.language import figure, joined, msg
from llmchat.language.dates import short_time
from llmchat.store.history.rows import parsed
from llmchat.values.calls import KeptCall
from llmchat.values.events import Usage

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
    """Where an answer came from. Built from a turn of this session or from a row of the history;
    each knows only some of it."""

    told: Turn | MessageRow
    usage: Usage
    attempts: tuple[str, ...]
    error: str
    calls: tuple[str, ...]


def last_turn(session: Session) -> TurnInfo | None:
    turn = session.conversation.turn
    if turn is not None and turn.state != "streaming":
        attempts = tuple(_attempt(**asdict(attempt)) for attempt in turn.attempts)
        error = turn.error.message if turn.error else ""
        return TurnInfo(turn, turn.usage, attempts, error, _told(turn.calls))
    history, leaf = session.history, session.conversation.leaf
    if history is None or leaf is None:
        return None
    try:
        row = history.message(leaf)
    except LlmchatError:
        return None
    if row.role != "assistant":
        return None
    usage = Usage(row.prompt_tokens, row.completion_tokens, row.total_tokens, row.cached_tokens)
    attempts = tuple(_attempt(**attempt) for attempt in parsed(row.attempts) or ())
    return TurnInfo(row, usage, attempts, row.error, _told(history.calls([row]).get(row.id, ())))


def provenance(turn_info: TurnInfo) -> list[list[str]]:
    """The known facts as rows."""
    told, usage = turn_info.told, turn_info.usage
    counted = usage.total_tokens is not None or usage.completion_tokens is not None
    cached = usage.cached_tokens
    cache = msg(", {cached} cached", cached=cached) if cached else ""
    shown = msg(
        "{prompt} + {answer} = {total}{cached}",
        prompt=_known(usage.prompt_tokens),
        answer=_known(usage.completion_tokens),
        total=_known(usage.total_tokens),
        cached=cache,
    )
    rows: list[list[str]] = [
        [msg("requested"), told.requested_model],
        [msg("answered by"), f"{told.provider}/{told.model or '?'}"],
        [msg("state"), _state(told.state, told.finish_reason)],
        [msg("tokens"), shown if counted else msg("not reported")],
        [msg("first token"), short_time(told.first_token_ms)],
        [msg("whole answer"), short_time(told.total_ms)],
        [msg("attempts"), joined("; ", turn_info.attempts)],
        [msg("tool calls"), joined("; ", turn_info.calls)],
        [msg("request id"), told.request_id],
        [msg("error"), turn_info.error],
    ]
    return [row for row in rows if row[1]]


def _state(state: str, reason: str) -> str:
    """The state, with the reason if that adds something."""
    shown = STATES.get(state, state)
    if reason in ("", state):
        return shown
    return msg("{state} ({reason})", state=shown, reason=reason)


def _attempt(provider: str, outcome: str, ms: float) -> str:
    return msg(
        "{provider} {outcome}, {s:.1f} s", provider=provider, outcome=msg(outcome), s=ms / 1000
    )


def _told(calls: Iterable[KeptCall]) -> tuple[str, ...]:
    """Tool calls as text: `time/now ok, 0.3 s`."""
    facts = [(joined(" ", [kept.name, CALLS[kept.outcome]]), short_time(kept.ms)) for kept in calls]
    return tuple(joined(", ", filter(None, pair)) for pair in facts)


def _known(count: int | None) -> str:
    return "?" if count is None else figure(count)
