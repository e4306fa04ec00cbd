"""`llmchat models gigachat --balance`."""

from __future__ import annotations

import json

import pytest

from tests.servers.gigachat import BALANCE, KEY, StrictGigaChat, refusal
from tests.shell import Shell


@pytest.fixture
def signed_in(shell: Shell) -> Shell:
    assert shell("auth", "gigachat", "--key-stdin", stdin=KEY).code == 0
    return shell


def test_what_is_left_is_a_line_for_each_model(signed_in: Shell) -> None:
    done = signed_in("models", "gigachat", "--balance")
    assert (done.code, done.err) == (0, "")
    assert [line.split() for line in done.out.splitlines()] == [
        ["model", "tokens", "left"],
        ["GigaChat-2", "49,000"],
    ]
    rows = json.loads(signed_in("models", "--balance", "--json").out)
    assert rows == [{"provider": "gigachat", "model": "GigaChat-2", "tokens": 49000.0}]


def test_who_pays_as_it_goes_is_told(signed_in: Shell, server: StrictGigaChat) -> None:
    server.script[BALANCE].append(refusal(403, "Permission denied"))
    done = signed_in("models", "gigachat", "--balance")
    assert done.code == 11
    assert "billed by usage" in done.err


def test_others_tell_no_balance(shell: Shell) -> None:
    assert shell("models", "demo", "--balance").code == 2
    assert shell("models", "gigachat", "--balance").code == 4


def test_usage_says_what_is_left_in_the_place_of_money(
    signed_in: Shell, server: StrictGigaChat
) -> None:
    done = signed_in("ask", "-p", "gigachat", "-u", "hi")
    assert done.code == 0
    assert "left of the package: GigaChat-2 49,000" in done.err
    assert "cost" not in done.err
    server.script[BALANCE].append(refusal(403, "Permission denied"))
    done = signed_in("ask", "-p", "gigachat", "-u", "hi")
    assert (done.code, "cost ?" in done.err, "denied" in done.err) == (0, True, False)
