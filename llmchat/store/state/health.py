"""Records successes and failures of each provider, which determine the order of `auto`.

They are in a small JSON file beside the history: reading it takes 0.1 ms and needs no database
(docs/decisions/0035-health.md).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

from llmchat.errors import StorageError
from llmchat.store.atomic import write_private
from llmchat.store.lock import locked
from llmchat.store.ownership import Warn, no_warning, private_folder
from llmchat.system.opening import ROTTEN, read_regular

LARGEST = 1 << 20  # bytes; a row for each provider takes a hundredth of it
HALF_LIFE = 6 * 3600.0  # seconds; after six hours an outcome counts half
FIRST_PAUSE = 60.0  # of a circuit breaker: one minute after the first failure in a row,
LONGEST_PAUSE = 3600.0  # doubling up to an hour
USUAL_FIRST_TOKEN_MS = 2000.0  # assumed for a provider that was never asked
PATIENCE = 0.5  # seconds for the lock; after that the outcome is not recorded
FAILURES_IN_ROW = 3  # of a service that is then probably closed
SMOOTHING = 0.3  # the weight of the newest time to the first token

# Outcomes that are due to the question, the person or the network, not the provider.
NOT_ITS_FAULT = frozenset(
    (
        "interrupted", "usage", "empty_prompt", "secret_refused", "not_sent", "budget",
        "unknown_model", "too_long", "bad_request", "filter",
        "config", "scope", "storage", "output", "auth", "missing_auth", "dns", "proxy", "internal",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class HealthRow:
    """One provider's record; `good` and `bad` are counts that decay with time."""

    provider: str
    good: float = 0
    bad: float = 0
    in_row: int = 0  # failures since the last success
    last_outcome: str = ""
    last: float = 0  # seconds since 1970
    last_good: float | None = None
    first_token_ms: float | None = None

    @property
    def resting_until(self) -> float:
        """Until this time the provider is asked last."""
        if not self.in_row:
            return 0
        pause = FIRST_PAUSE * 2.0 ** min(self.in_row - 1, 16)
        return self.last + float(min(pause, LONGEST_PAUSE))

    def faded(self, now: float) -> HealthRow:
        left = 0.5 ** (max(0.0, now - self.last) / HALF_LIFE)
        return replace(self, good=self.good * left, bad=self.bad * left)

    def failing(self, now: float) -> float:
        """The share of failures, weighted towards none while there are few records."""
        then = self.faded(now)
        return then.bad / (then.good + then.bad + 1)


class Health:
    """The records in one file; a file that cannot be read counts as empty, and a damaged one is set
    aside."""

    def __init__(self, path: Path, tell: Warn = no_warning) -> None:
        self._path = path
        self._tell = tell

    def rows(self) -> list[HealthRow]:
        try:
            kept = json.loads(read_regular(self._path, LARGEST))
            names = [field.name for field in fields(HealthRow)]
            rows = [HealthRow(**{k: row[k] for k in names if k in row}) for row in kept]
            return [row for row in rows if row.failing(row.resting_until) >= 0]
        except ROTTEN:
            from llmchat.store.damaged_files import set_aside  # only if it is damaged

            set_aside(self._path, self._tell)
        except OSError:
            pass
        return []

    def record(self, provider: str, outcome: str, first_token_ms: float | None, now: float) -> None:
        if outcome in NOT_ITS_FAULT:
            return
        with suppress(OSError, StorageError):  # an answer must not wait or fail for it
            private_folder(self._path.parent)
            with locked(self._path, patience=PATIENCE):
                rows = {row.provider: row for row in self.rows()}
                before = rows.get(provider, HealthRow(provider, last=now))
                rows[provider] = _after(before, outcome, first_token_ms=first_token_ms, now=now)
                content = json.dumps([asdict(row) for row in rows.values()]).encode()
                write_private(self._path, content, durable=False)

    def rank(self, providers: Iterable[str], now: float) -> list[str]:
        """Best first: those not resting, with few recent failures, quick; otherwise in the given
        order."""
        rows = {row.provider: row for row in self.rows()}

        def badness(provider: str) -> tuple[bool, float, float]:
            row = rows.get(provider, HealthRow(provider))
            quickness = row.first_token_ms or USUAL_FIRST_TOKEN_MS
            return now < row.resting_until, round(row.failing(now), 1), quickness // 1000

        return sorted(providers, key=badness)

    def probably_closed(self, provider: str, *, working: bool) -> bool:
        """Whether it is probably closed, by its record; without one, if it was not `working` at
        release."""
        row = next((row for row in self.rows() if row.provider == provider), None)
        if row is None or not (row.in_row or row.last_good):
            return not working
        return row.in_row >= FAILURES_IN_ROW


def _after(
    before: HealthRow, outcome: str, *, first_token_ms: float | None, now: float
) -> HealthRow:
    then = before.faded(now)
    ok = outcome == "ok"
    return replace(
        then,
        good=then.good + ok,
        bad=then.bad + (not ok),
        in_row=0 if ok else then.in_row + 1,
        last_outcome=outcome,
        last=now,
        last_good=now if ok else then.last_good,
        first_token_ms=_smoothed(then.first_token_ms, first_token_ms),
    )


def _smoothed(before: float | None, now: float | None) -> float | None:
    if now is None:
        return before
    return now if before is None else round(before + SMOOTHING * (now - before), 1)
