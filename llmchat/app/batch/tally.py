"""Counts the results of a batch: its summary, and its exit code."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from llmchat.app.batch.answers import OneAnswer
from llmchat.errors import LlmchatError, SomeFailed
from llmchat.language import joined, msg
from llmchat.language.dates import lasting

MOST_REASONS = 3


@dataclass(slots=True)
class Tally:
    """The counts: `total` prompts are to be asked, `skipped` were answered before."""

    total: int
    skipped: int = 0
    answered: int = 0
    failed: int = 0
    tokens: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    codes: set[int] = field(default_factory=set)
    first: dict[str, str] = field(default_factory=dict)  # the first message of each kind of error

    @property
    def done(self) -> int:
        return self.answered + self.failed

    def count(self, answer: OneAnswer) -> None:
        usage = answer.turn.usage if answer.turn else None
        if usage:
            both = (usage.prompt_tokens or 0) + (usage.completion_tokens or 0)
            self.tokens += usage.total_tokens or both
        if answer.error is None:
            self.answered += 1
            return
        self.failed += 1
        self.kinds[answer.error.kind] += 1
        self.codes.add(answer.error.exit_code)
        self.first.setdefault(answer.error.kind, answer.error.message)

    def summary(self, seconds: float) -> str:
        """`98 answered, 2 failed, 40 answered before (12,345 tokens, 1 min 3 s)`."""
        if not self.total:
            return msg("{skipped:,} answered before, none left to ask", skipped=self.skipped)
        parts = [msg("{answered:,} answered", answered=self.answered)]
        if self.failed:
            parts.append(msg("{failed:,} failed", failed=self.failed))
        if self.skipped:
            parts.append(msg("{skipped:,} answered before", skipped=self.skipped))
        if left := self.total - self.done:
            parts.append(msg("{left:,} not asked", left=left))
        tokens = msg("{tokens:,} tokens, ", tokens=self.tokens) if self.tokens else ""
        facts, time = joined(", ", parts), lasting(seconds)
        return msg("{facts} ({tokens}{time})", facts=facts, tokens=tokens, time=time)

    def error(self, *, resumable: bool) -> LlmchatError | None:
        """The error of the whole batch; if all failures are of one kind, with that kind."""
        if not self.failed:
            return None
        reasons = [
            msg("{reason} ({count:,} times)", reason=self.first[kind], count=count)
            if count > 1
            else self.first[kind]
            for kind, count in self.kinds.most_common(MOST_REASONS)
        ]
        more = "; ..." if len(self.kinds) > MOST_REASONS else ""
        problem = msg(
            "{failed:,} of {done:,} prompts failed: {reasons}{more}",
            failed=self.failed,
            done=self.done,
            reasons=joined("; ", reasons),
            more=more,
        )
        again = msg("the same command with --resume asks them again")
        hint = (
            again if resumable else msg("with --out FILE and --resume only those are asked again")
        )
        return SomeFailed(problem, self.codes, hint=hint)
