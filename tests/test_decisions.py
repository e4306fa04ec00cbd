"""Decision records have one form, and each is found from the code that it explains."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
RECORDS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
STATUS = re.compile(
    r"Status: (?:superseded by \[(\d{4})\]\((\S+)\)\."
    r"|accepted(?:, supersedes \[\d{4}\]\(\S+\))?\. Explains \[`(\S+)`\]\(\S+\)\.)"
)


def test_no_number_stands_twice() -> None:
    numbers = [record.name[:4] for record in RECORDS]
    assert [number for number in set(numbers) if numbers.count(number) > 1] == []


@pytest.mark.parametrize("record", RECORDS, ids=lambda path: path.name)
def test_a_record_says_its_number_status_decision_and_reason(record: Path) -> None:
    heading, _, status, *rest = record.read_text("utf-8").splitlines()
    assert heading.startswith(f"# {record.name[:4]}: ")
    assert STATUS.fullmatch(status)
    text = "\n".join(rest)
    assert "**Decision:** " in text
    assert "**Reason:** " in text


@pytest.mark.parametrize("record", RECORDS, ids=lambda path: path.name)
def test_what_a_record_names_is_there_and_names_it(record: Path) -> None:
    status = STATUS.fullmatch(record.read_text("utf-8").splitlines()[2])
    assert status
    number, successor, module = status.groups()
    if module:
        assert record.name in (ROOT / module).read_text("utf-8")
    else:
        newer = (record.parent / successor).read_text("utf-8")
        assert newer.startswith(f"# {number}: ")
        assert f"supersedes [{record.name[:4]}]({record.name})" in newer
