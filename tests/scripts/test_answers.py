"""`ask --json` and `--jsonl`: whatever happens, a program gets its object and the exit code."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from llmchat import errors
from tests.scripts.conftest import SCHEMAS, Interrupted, fits, schema
from tests.servers.dialogues import CHAT, chat_piece, frames
from tests.shell import Result, Shell

KEYED = {"LLMCHAT_OPENAI_API_KEY": "sk-of-a-test-0123456789", "LLMCHAT_OPENAI_MODEL": "m1"}
SSE = {"content-type": "text/event-stream"}
FILTERED = frames(chat_piece("no"), chat_piece("", "content_filter"))
Answer = Callable[[httpx.Request], httpx.Response]


def says(status: int, body: bytes | str, **headers: str) -> Answer:
    return lambda request: httpx.Response(status, content=body, headers={**SSE, **headers})


def refuses(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("nobody listens")


def breaks(request: httpx.Request) -> httpx.Response:
    raise AssertionError("a fault of ours")


@dataclass(frozen=True)
class Failure:
    kind: str
    code: int
    argv: tuple[str, ...]
    environ: dict[str, str] = field(default_factory=dict)
    answer: Answer = refuses
    config: str = ""


ASK = ("-p", "openai", "hi")
TWO_FORMS = "two forms at once"  # ends in an object
FAILURES = {
    "an unknown flag": Failure("usage", 2, ("--nope", "hi")),
    "a flag without its value": Failure("usage", 2, ("hi", "-m")),
    "a number that is none": Failure("usage", 2, ("hi", "--timeout", "soon")),
    "an option without a value": Failure("usage", 2, ("hi", "-o", "seed")),
    TWO_FORMS: Failure("usage", 2, ("hi", "--json", "--jsonl")),
    "an empty prompt": Failure("empty_prompt", 2, ()),
    "an unknown provider": Failure("usage", 2, ("-p", "nope", "hi")),
    "an unknown model": Failure("unknown_model", 2, ("-m", "demo/nope", "hi")),
    "an unknown template": Failure("usage", 2, ("-t", "nope", "hi")),
    "a file that is not there": Failure("usage", 2, ("-f", "nope.txt", "hi")),
    "a folder that is not there": Failure("usage", 2, ("-O", "no/file", "-p", "demo", "hi")),
    "an attachment for nobody": Failure("usage", 2, ("-p", "yqcloud", "-a", "x", "hi")),
    "a prompt beyond the limit": Failure("too_long", 2, ("--max-input", "1", "-f", "config.toml")),
    "a secret": Failure("secret_refused", 2, ("-p", "yqcloud", "AWS=AKIAIOSFODNN7EXAMPLE")),
    "a bad variable": Failure("config", 3, ("hi",), {"LLMCHAT_TIMEOUT": "soon"}),
    "a bad file": Failure("config", 3, ("hi",), config="modle = 1\n"),
    "no key": Failure("missing_auth", 4, ASK),
    "a refused key": Failure("auth", 4, ASK, KEYED, says(401, "{}")),
    "no network": Failure("network", 5, ASK, KEYED),
    "a limit": Failure("rate_limit", 7, ASK, KEYED, says(429, "{}", **{"retry-after": "7"})),
    "a service that fails": Failure("unavailable", 8, ASK, KEYED, says(503, "")),
    "a page for an answer": Failure("no_answer", 8, ASK, KEYED, says(200, "<!doctype html>hi")),
    "a filter": Failure(
        "filter",
        9,
        ASK,
        KEYED,
        says(200, frames(chat_piece("no"), chat_piece("", "content_filter"))),
    ),
    "a cut stream": Failure("incomplete", 10, ASK, KEYED, says(200, CHAT[:200])),
    "no conversation": Failure("not_found", 11, ("-c", "-p", "demo", "hi")),
    "no code block": Failure("not_found", 11, ("-p", "demo", "-x", "-o", "tokens", "5", "hi")),
    "a fault of ours": Failure("internal", 1, ASK, KEYED, breaks),
}


def suffered(shell: Shell, failure: Failure, flag: str) -> Result:
    if failure.config or failure.kind == "too_long":
        (shell.home / "config.toml").write_text(failure.config or "# two\n")
    shell.environ |= failure.environ
    shell.answer = failure.answer
    return shell("ask", flag, *failure.argv)


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
def test_a_failure_is_one_object_with_its_error(llmchat: Shell, failure: Failure) -> None:
    result = suffered(llmchat, failure, "--json")
    error = result.json["error"]
    assert (result.code, error["kind"], error["exit_code"]) == (
        failure.code,
        failure.kind,
        failure.code,
    )
    assert fits("ask", result.json)
    assert error["message"] in result.err  # people read it too


@pytest.mark.parametrize("name", [name for name in FAILURES if name != TWO_FORMS])
def test_a_failure_is_the_last_event(llmchat: Shell, name: str) -> None:
    failure = FAILURES[name]
    result = suffered(llmchat, failure, "--jsonl")
    assert all(fits("ask-event", event) for event in result.events)
    assert [e["type"] for e in result.events][-1] == "error"
    assert (result.code, result.events[-1]["error"]["kind"]) == (failure.code, failure.kind)


def test_every_exit_code_of_a_service_is_among_the_failures() -> None:
    assert {f.code for f in FAILURES.values()} == {1, 2, 3, 4, 5, 7, 8, 9, 10, 11}


def test_an_answer_fits_its_schema(llmchat: Shell) -> None:
    llmchat.environ |= KEYED
    llmchat.answer = says(200, CHAT)
    result = llmchat("ask", "--json", *ASK)
    assert (result.code, result.err) == (0, "")
    assert fits("ask", result.json)
    assert list(result.json) == [
        "provider",
        "model",
        "requested_model",
        "conversation",
        "text",
        "reasoning",
        "finish_reason",
        "usage",
        "timing",
        "attempts",
        "error",
    ]
    assert result.json["model"] == "served-1"
    assert result.json["usage"]["total_tokens"] == 3


def test_events_come_in_their_order_and_join_to_the_answer(llmchat: Shell) -> None:
    result = llmchat("ask", "--jsonl", "-p", "demo", "hi")
    assert all(fits("ask-event", event) for event in result.events)
    first, *deltas, last = result.events
    assert (first["type"], last["type"]) == ("start", "end")
    assert "".join(event["text"] for event in deltas) == last["text"]


def test_what_a_model_thinks_aloud_is_an_event(llmchat: Shell) -> None:
    thought = {"choices": [{"index": 0, "delta": {"reasoning_content": "hm"}}]}
    llmchat.environ |= KEYED
    llmchat.answer = says(200, frames(thought) + CHAT)
    result = llmchat("ask", "--jsonl", *ASK)
    assert all(fits("ask-event", event) for event in result.events)
    assert [e["text"] for e in result.events if e["type"] == "reasoning"] == ["hm"]
    assert result.events[-1]["reasoning"] == "hm"


def test_a_fallback_is_an_event(llmchat: Shell) -> None:
    result = llmchat("ask", "--jsonl", "-p", "yqcloud", "--fallback", "demo", "hi")
    assert all(fits("ask-event", event) for event in result.events)
    [moved] = [event for event in result.events if event["type"] == "fallback"]
    assert (moved["attempt"]["provider"], moved["provider"]) == ("yqcloud", "demo")
    assert [a["outcome"] for a in result.events[-1]["attempts"]] == ["network", "ok"]


def test_a_ctrl_c_at_stdin_is_told_like_every_end(llmchat: Shell) -> None:
    result = llmchat("ask", "--json", "-p", "demo", stdin=Interrupted())
    assert (result.code, result.json["error"]["kind"]) == (130, "interrupted")
    assert fits("ask", result.json)


def test_a_question_alone_takes_the_flags_too(llmchat: Shell) -> None:
    assert fits("ask", llmchat("hello there", "--json", "-p", "demo").json)
    assert fits("ask", llmchat("hello there", "--json", "--nope").json)


def test_without_the_flag_stdout_stays_empty(llmchat: Shell) -> None:
    for argv in (("--nope",), ("-m",), (), ("--", "--json")):
        assert llmchat("ask", "-p", "nope", *argv).out == ""


def test_what_was_not_saved_is_not_said_to_be_continued(llmchat: Shell) -> None:
    llmchat.environ |= KEYED
    llmchat.answer = says(200, CHAT[:200])
    assert 'llmchat ask -c "go on"' in llmchat("ask", *ASK).err
    assert "ask again" in llmchat("ask", "-n", *ASK).err
    llmchat.answer = says(200, frames(chat_piece("half"), chat_piece("", "length")))
    assert "limit; continue with -c" in llmchat("ask", *ASK).err
    assert llmchat("ask", "-n", *ASK).err.splitlines()[-1].endswith("length limit")


def test_a_file_that_cannot_be_is_told_with_what_helps(llmchat: Shell) -> None:
    missing = llmchat("ask", "-O", "no/file", "-p", "demo", "hi")
    assert missing.err.splitlines()[1] == "  create it, or choose another -O"
    folder = llmchat("ask", "-O", ".", "-p", "demo", "hi")
    assert folder.err.splitlines()[1] == "  use -O with a file name"


def test_x_and_o_shape_the_text_of_the_object(llmchat: Shell, tmp_path: Path) -> None:
    result = llmchat("ask", "--json", "-x", "-O", "code.py", "-p", "demo", "hi")
    code = result.json["text"]
    assert code.startswith("def greet")
    assert (tmp_path / "code.py").read_text() == code
    failed = llmchat("ask", "--json", "-x", "9", "-O", "none.py", "-p", "demo", "hi")
    assert (failed.code, failed.json["text"][:9]) == (11, "You asked")
    assert not (tmp_path / "none.py").exists()


def kinds() -> dict[str, int]:
    """All kinds of error with their exit codes."""
    found = (kind for kind in vars(errors).values() if isinstance(kind, type))
    return {k.kind: k.exit_code for k in found if issubclass(k, errors.LlmchatError)}


def test_the_kinds_of_the_schema_are_those_of_the_program() -> None:
    for name in ("ask", "ask-event"):
        assert set(schema(name)["$defs"]["error"]["properties"]["kind"]["enum"]) == set(kinds())


def test_the_kinds_of_the_document_are_those_of_the_program() -> None:
    text = (SCHEMAS.parent / "json.md").read_text("utf-8")
    rows = re.findall(r"^\| (\d+) \| (`.*`) \|$", text, re.MULTILINE)
    told = {kind: int(code) for code, row in rows for kind in re.findall(r"`(\w+)`", row)}
    assert told == kinds()
