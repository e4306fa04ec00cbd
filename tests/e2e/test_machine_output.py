"""`--json` and `--jsonl` for every way an answer ends: the object comes, and the code stays."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.e2e.faults import Fault, settings, suffered
from tests.e2e.frames import END, ROLE, SAID, TEXT, delta, stop
from tests.e2e.shell import Result, Shell
from tests.servers.scripted import HTML, Visit, always, serving, whole

KEYS = [
    "provider", "model", "requested_model", "conversation", "text", "reasoning", "finish_reason",
    "usage", "timing", "attempts", "error",
]  # fmt: skip
USAGE = ["prompt_tokens", "completion_tokens", "total_tokens", "cached_tokens"]
ERROR = ["kind", "message", "hint", "exit_code", "retry_after"]
FINISHES = {"stop", "length", "filter", "incomplete", "interrupted", None}
HALF = delta("The answer ")


def says(status: int, message: str = "no", **headers: str | int) -> Any:
    return always(whole({"error": {"message": message}}, status=status, **headers))


async def _no_word(visit: Visit) -> None:
    await visit.hung_up()


async def _nothing(visit: Visit) -> None:
    """Hangs up."""


ENDS = (
    Fault("answered", always(whole(TEXT)), 0, "", out=SAID),
    Fault("length", always(whole(HALF + stop("length") + END)), 0, "", out="The answer "),
    Fault("tool calls", always(whole(HALF + stop("tool_calls") + END)), 0, "", out="The answer "),
    Fault("bad request", says(400), 2, "bad_request"),
    Fault("unknown model", says(404, "no such model"), 2, "unknown_model"),
    Fault("too long", says(413), 2, "too_long"),
    Fault("auth", says(401), 4, "auth"),
    Fault("network", _nothing, 5, "network", env={"LLMCHAT_RETRIES": "0"}),
    Fault("timeout", _no_word, 6, "timeout", flags=("--first-token-timeout", "1")),
    Fault("rate limit", says(429, retry_after=7200), 7, "rate_limit"),
    Fault("quota", says(402), 7, "quota"),
    Fault("unavailable", says(503, retry_after=7200), 8, "unavailable"),
    Fault("no answer", always(whole("<html>", HTML)), 8, "no_answer"),
    Fault("empty", always(whole(ROLE + stop() + END)), 8, "empty_answer"),
    Fault(
        "filter", always(whole(HALF + stop("content_filter") + END)), 9, "filter", out="The answer "
    ),
    Fault("incomplete", always(whole(HALF)), 10, "incomplete", out="The answer "),
)


@pytest.mark.parametrize("fault", ENDS, ids=str)
async def test_json(new_shell: Callable[[str], Shell], fault: Fault) -> None:
    outcome = await suffered(fault, new_shell("json"), "--json")
    result = outcome.result
    assert result.code == fault.code, result
    (line,) = result.out.splitlines()
    check_object(json.loads(line), fault)


@pytest.mark.parametrize("fault", ENDS, ids=str)
async def test_jsonl(new_shell: Callable[[str], Shell], fault: Fault) -> None:
    outcome = await suffered(fault, new_shell("jsonl"), "--jsonl")
    assert outcome.result.code == fault.code
    rows = [json.loads(line) for line in outcome.result.out.splitlines()]
    first, *middle, last = rows
    assert first["type"] == "start"
    assert {row["type"] for row in middle} <= {"delta", "reasoning", "fallback"}
    assert "".join(row["text"] for row in middle if row["type"] == "delta") == fault.out
    assert last.pop("type") == ("error" if fault.code else "end")
    check_object(last, fault)


def check_object(row: dict[str, Any], fault: Fault) -> None:
    assert list(row) == KEYS
    assert (row["provider"], row["requested_model"]) == ("openai", "m1")
    assert row["text"] == fault.out
    assert row["finish_reason"] in FINISHES
    assert list(row["usage"]) == USAGE
    assert list(row["timing"]) == ["first_token_ms", "total_ms"]
    assert isinstance(row["timing"]["total_ms"], int)
    assert row["conversation"]
    assert [list(a) for a in row["attempts"]] == [["provider", "outcome", "ms"]]
    assert row["attempts"][0]["outcome"] == (fault.kind or "ok")
    if fault.code == 0:
        assert (row["error"], row["model"]) == (None, "m1-2026")
        return
    assert list(row["error"]) == ERROR
    assert (row["error"]["kind"], row["error"]["exit_code"]) == (fault.kind, fault.code)
    assert row["error"]["message"]
    assert row["error"]["hint"]
    if fault.name in ("rate limit", "unavailable"):
        assert row["error"]["retry_after"] == 7200
    if fault.name == "incomplete":
        assert row["finish_reason"] == "incomplete"


BEFORE = {
    "usage": ("--frobnicate", 2, "usage"),
    "empty prompt": ("", 2, "empty_prompt"),
    "provider": ("-p nobody hi", 2, "usage"),
    "missing file": ("-p demo -f missing.txt hi", 2, "usage"),
    "missing key": ("-p openai hi", 4, "missing_auth"),
    "conversation": ("-p demo --cid zzzz hi", 11, "not_found"),
}


@pytest.mark.parametrize(("words", "code", "kind"), BEFORE.values(), ids=BEFORE)
@pytest.mark.parametrize("form", ["--json", "--jsonl"])
def test_failures_before_a_question(
    shell: Shell, form: str, words: str, code: int, kind: str
) -> None:
    result = shell.line(f"llmchat ask {form} {words}")
    assert result.code == code, result
    last = json.loads(result.out.splitlines()[-1])
    assert (last["error"]["kind"], last["error"]["exit_code"]) == (kind, code)
    assert last["error"]["hint"]


async def test_repeats_are_events(shell: Shell) -> None:
    async with serving(says(503, retry_after=0, connection="close")) as server:
        result: Result = await asyncio.to_thread(
            shell.ask, "-p", "openai", "--jsonl", "hi", env=settings("openai", server.url)
        )
    rows = [json.loads(line) for line in result.out.splitlines()]
    assert [row["type"] for row in rows] == ["start", "fallback", "fallback", "error"]
    assert [a["outcome"] for a in rows[-1]["attempts"]] == ["unavailable"] * 3


async def test_odd_text_is_json_all_the_same(shell: Shell) -> None:
    raw = (
        'data: {"choices":[{"delta":{"content":"a\\"b\\\\c\\n\\u0000\\u001b\\u2028\\ud83d"}}]}\n\n'
    )
    async with serving(always(whole(raw.encode() + END))) as server:
        env = settings("openai", server.url)
        result = await asyncio.to_thread(shell.ask, "-p", "openai", "--json", "hi", env=env)
    assert result.code == 0, result
    (line,) = result.bytes_out.decode().split("\n")[:-1]
    assert json.loads(line)["text"] == 'a"b\\c\n\x00\x1b\u2028\ufffd'
