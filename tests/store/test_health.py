"""Who is asked first by `auto`: recent success, and a circuit that closes again with time."""

from __future__ import annotations

from pathlib import Path

import pytest

from llmchat.store.state.health import FIRST_PAUSE, LONGEST_PAUSE, Health

NAMES = ["yqcloud", "chatglm", "chatgptt"]
NOW = 1_750_000_000.0


@pytest.fixture
def health(tmp_path: Path) -> Health:
    return Health(tmp_path / "data" / "health.json")


def test_without_a_record_the_order_stays(health: Health) -> None:
    assert health.rank(NAMES, NOW) == NAMES
    assert health.rows() == []


def test_a_provider_that_failed_rests_and_comes_back(health: Health) -> None:
    health.record("yqcloud", "blocked", None, NOW)
    assert health.rank(NAMES, NOW + 1) == ["chatglm", "chatgptt", "yqcloud"]
    assert health.rows()[0].resting_until == NOW + FIRST_PAUSE
    assert health.rank(NAMES, NOW + 7 * 86400) == NAMES


def test_each_failure_in_a_row_doubles_the_rest_up_to_a_limit(health: Health) -> None:
    for number in range(3):
        health.record("yqcloud", "timeout", None, NOW + number)
    assert health.rows()[0].resting_until == NOW + 2 + 4 * FIRST_PAUSE
    for _ in range(40):
        health.record("yqcloud", "timeout", None, NOW)
    assert health.rows()[0].resting_until == NOW + LONGEST_PAUSE


def test_one_success_ends_the_rest(health: Health) -> None:
    health.record("yqcloud", "timeout", None, NOW)
    health.record("yqcloud", "ok", 300, NOW + 1)
    row = health.rows()[0]
    assert (row.resting_until, row.last_outcome, row.last_good) == (0, "ok", NOW + 1)


def test_the_reliable_come_before_the_quick(health: Health) -> None:
    for number in range(4):
        health.record("yqcloud", "ok" if number % 2 else "no_answer", 100, NOW + number)
        health.record("chatglm", "ok", 3000, NOW + number)
        health.record("chatgptt", "ok", 1200, NOW + number)
    assert health.rank(NAMES, NOW + 10) == ["chatgptt", "chatglm", "yqcloud"]


@pytest.mark.parametrize("outcome", ["interrupted", "filter", "too_long", "dns", "missing_auth"])
def test_what_is_not_its_fault_is_not_recorded(health: Health, outcome: str) -> None:
    health.record("yqcloud", outcome, None, NOW)
    assert health.rows() == []


@pytest.mark.parametrize("content", ["", "{", "[1]", '[{"provider": 1}]', "null", '{"a": 2}'])
def test_a_broken_file_is_an_empty_one(health: Health, tmp_path: Path, content: str) -> None:
    file = tmp_path / "data" / "health.json"
    file.parent.mkdir()
    file.write_text(content)
    assert health.rank(NAMES, NOW) == NAMES
    health.record("yqcloud", "ok", 10, NOW)
    assert [row.provider for row in health.rows()][-1] == "yqcloud"


def test_a_file_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    health = Health(tmp_path / "file" / "health.json")
    health.record("yqcloud", "ok", 10, NOW)
    assert health.rows() == []


def test_the_file_is_private(health: Health, tmp_path: Path) -> None:
    health.record("yqcloud", "ok", 10, NOW)
    assert (tmp_path / "data" / "health.json").stat().st_mode & 0o777 == 0o600
