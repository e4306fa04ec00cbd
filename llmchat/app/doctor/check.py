"""`Check`, the result of one check; and its output as lines or JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from llmchat import __version__
from llmchat.errors import LlmchatError
from llmchat.language import msg, msg_n
from llmchat.render.tables.table import Column, Row, Styled, Table

State = Literal["ok", "warning", "failed", "skipped"]

MARKS: dict[State, str] = {"ok": "✓", "warning": "!", "failed": "✗", "skipped": "-"}
PLAIN_MARKS: dict[State, str] = {"ok": "ok", "warning": "!!", "failed": "XX", "skipped": "--"}
NAMED = {"tokens": msg("access tokens")}  # names for people that differ from those in JSON
ANOTHER_WAY = msg("a firewall may block it; try another network or --proxy")
STYLES: dict[State, str] = {
    "ok": "ok",
    "warning": "warning",
    "failed": "error",
    "skipped": "hint",
}


@dataclass(frozen=True, slots=True)
class Check:
    """The result: `about` is what was checked, `said` what was found, `remedy` what to do about
    it."""

    about: str
    state: State
    said: str
    remedy: str = ""
    exit_code: int = 0


def ok(about: str, said: str) -> Check:
    return Check(about, "ok", said)


def skipped(about: str, said: str, remedy: str = "") -> Check:
    return Check(about, "skipped", said, remedy)


def warning(about: str, said: str, remedy: str) -> Check:
    return Check(about, "warning", said, remedy)


def failed(about: str, error: LlmchatError) -> Check:
    """A failed check; the advice to run doctor is replaced, as doctor is running."""
    remedy = ANOTHER_WAY if error.advises == "doctor" else error.hint
    return Check(about, "failed", error.message, remedy, error.exit_code)


def exit_code(checks: Iterable[Check]) -> int:
    """The exit code of the first failure, as another command would end."""
    return next((check.exit_code or 1 for check in checks if check.state == "failed"), 0)


def check_table(checks: Sequence[Check], *, utf8: bool = True) -> Table:
    """A table with one row per check."""
    marks = MARKS if utf8 else PLAIN_MARKS
    return Table((Column("", "id"), Column("")), [_row(check, marks) for check in checks])


def as_document(checks: Sequence[Check]) -> dict[str, Any]:
    """The object for `--json`."""
    counts = {state: sum(c.state == state for c in checks) for state in MARKS}
    return {"llmchat": __version__, "counts": counts, "checks": [asdict(c) for c in checks]}


def summary(checks: Sequence[Check]) -> str:
    failures = sum(check.state == "failed" for check in checks)
    warnings = sum(check.state == "warning" for check in checks)
    if not failures and not warnings:
        return msg("All checks passed.")
    return msg_n(
        "{failures} failed, {n} warning",
        "{failures} failed, {n} warnings",
        warnings,
        failures=failures,
    )


def _row(check: Check, marks: dict[State, str]) -> Row:
    about = NAMED.get(check.about, check.about)
    remedy = [Styled(" -> ", "hint"), Styled(check.remedy, "hint")] if check.remedy else []
    mark = Styled(marks[check.state], STYLES[check.state])
    return [
        [mark, Styled(" ", "none"), Styled(about, "none")],
        [Styled(check.said, "none"), *remedy],
    ]
