"""Every failure of GigaChat's two services as a person meets it: code, cause, remedy."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

import pytest

from llmchat.store.private.access_tokens import FileTokens
from tests.servers.gigachat import (
    CHAT,
    DONE,
    KEY,
    OAUTH,
    Canned,
    StrictGigaChat,
    frame,
    refusal,
)
from tests.shell import Shell

Environ = Callable[[Mapping[str, str]], Shell]
STREAM = "text/event-stream"


@pytest.fixture
def asking(with_environ: Environ) -> Shell:
    """A key from the environment, as a script has it."""
    return with_environ({"GIGACHAT_CREDENTIALS": KEY, "LLMCHAT_GIGACHAT_RETRIES": "0"})


OAUTH_FAILURES = [
    (refusal(400, "scope data format invalid", code=1), 3, "does not recognise the scope", "auth"),
    (refusal(400, "Can't decode 'Authorization' header", code=4), 4, "form", "auth gigachat"),
    (refusal(401, "Can't decode 'Authorization' header", code=4), 4, "form", "auth gigachat"),
    (refusal(400, "scope is empty", code=5), 3, "no scope was sent", "auth gigachat"),
    (refusal(401, "credentials doesn't match db data", code=6), 4, "revoked", "auth gigachat"),
    (
        refusal(400, "scope from db not fully", code=7),
        3,
        "not belong to the scope",
        "GIGACHAT_API_B2B",
    ),
    (refusal(400, "RqUID"), 2, "RqUID", "check"),
    (refusal(429, "Too Many Requests"), 7, "Too Many Requests", "wait"),
    (refusal(500, "Internal Server Error"), 8, "unavailable", "later"),
    (refusal(503, "Service Unavailable"), 8, "unavailable", "later"),
    (Canned(302, headers={"Location": "https://elsewhere.example"}), 8, "has moved", "trust"),
    (Canned(200, b"<html>login</html>", "text/html"), 8, "cannot get an access token", "auth_url"),
    (Canned(200, b'{"access_token":""}'), 8, "cannot get an access token", "auth_url"),
    (Canned(200, b""), 8, "cannot get an access token", "auth_url"),
]
CHAT_FAILURES = [
    (refusal(400, "Your request contains invalid JSON syntax."), 2, "invalid JSON", "-o"),
    (refusal(402, "Payment Required"), 7, "used up", "--balance"),
    (refusal(403, "Permission denied"), 4, "Permission denied", "auth status"),
    (refusal(404, "No such model"), 2, "does not have a model", "GigaChat-2"),
    (refusal(413, "Payload too large"), 2, "too large", "less"),
    (refusal(422, "Invalid params: system message must be the first"), 2, "system", "-o"),
    (refusal(422, "Unprocessable Entity"), 2, "Unprocessable", "-o"),
    (refusal(429, "Too many requests", Retry_After="100"), 7, "try again in 100 s", "one stream"),
    (refusal(500, "Internal Server Error"), 8, "unavailable", "later"),
    (Canned(502, b"<html>Bad Gateway</html>", "text/html"), 8, "unavailable", "later"),
    (Canned(200, b'{"status":500,"message":"oops"}'), 8, "oops", "later"),
    (Canned(200, b"<html>portal</html>", "text/html"), 8, "web page", "proxy"),
    (Canned(200, b"", STREAM), 8, "empty", "again"),
    (Canned(200, DONE, STREAM), 8, "empty answer", "-m"),
    (Canned(200, frame("ab", finish="error") + DONE, STREAM), 10, "cut", "-c"),
    (Canned(200, frame("half"), STREAM), 10, "finish mark", "-c"),
    (Canned(200, frame("half"), STREAM, cut=True), 10, "cut", "-c"),
    (Canned(200, frame("Нет.", finish="blacklist") + DONE, STREAM), 9, "filter", "rephrase"),
]


@pytest.mark.parametrize(("reply", "code", "cause", "remedy"), OAUTH_FAILURES)
def test_each_failure_of_the_token_service_is_explained(
    asking: Shell, server: StrictGigaChat, reply: Canned, code: int, cause: str, remedy: str
) -> None:
    server.script[OAUTH].append(reply)
    done = asking("ask", "-p", "gigachat", "Hi")
    assert (done.code, done.out) == (code, ""), done.err
    told_in_two_lines(done.err, cause, remedy)


@pytest.mark.parametrize(("reply", "code", "cause", "remedy"), CHAT_FAILURES)
def test_each_failure_of_the_chat_is_explained(
    asking: Shell, server: StrictGigaChat, reply: Canned, code: int, cause: str, remedy: str
) -> None:
    server.script[CHAT].append(reply)
    done = asking("ask", "-p", "gigachat", "Hi")
    assert done.code == code, done.err
    told_in_two_lines(done.err, cause, remedy)


def told_in_two_lines(err: str, cause: str, remedy: str) -> None:
    what, hint = err.splitlines()
    assert cause in what
    assert remedy in hint
    assert "Traceback" not in err
    assert KEY not in err


def test_the_request_is_named_for_the_services_support(
    asking: Shell, server: StrictGigaChat
) -> None:
    server.script[CHAT].append(refusal(500, "x", X_Request_ID="req-77"))
    assert "(request req-77)" in asking("ask", "-p", "gigachat", "Hi").err


def test_two_refused_tokens_end_with_4(asking: Shell, server: StrictGigaChat) -> None:
    server.script[CHAT].extend([refusal(401, "Unauthorized")] * 2)
    done = asking("ask", "-p", "gigachat", "Hi")
    assert done.code == 4
    told_in_two_lines(done.err, "new token", "auth gigachat")


def test_without_a_key_the_way_to_one_is_named(shell: Shell) -> None:
    done = shell("ask", "-p", "gigachat", "Hi")
    assert done.code == 4
    assert "llmchat auth gigachat" in done.err


def test_a_rogue_certificate_ends_with_5_and_is_named_with_its_dates(
    asking: Shell, rogue: StrictGigaChat
) -> None:
    asking.environ["GIGACHAT_BASE_URL"] = rogue.base_url
    done = asking("ask", "-p", "gigachat", "Hi")
    assert done.code == 5
    told_in_two_lines(done.err, f"localhost:{rogue.port}", "llmchat doctor")
    assert "valid 2000-01-01 to 3000-01-01" in done.err
    assert rogue.asked == []


def test_a_missing_bundle_ends_with_3(asking: Shell) -> None:
    asking.environ["GIGACHAT_CA_BUNDLE_FILE"] = "/none.pem"
    done = asking("ask", "-p", "gigachat", "Hi")
    assert done.code == 3
    told_in_two_lines(done.err, "/none.pem", "ca_bundle")


def test_who_does_not_wait_is_told_at_once(asking: Shell, server: StrictGigaChat) -> None:
    asking("ask", "-p", "gigachat", "Hi")
    (lock_file,) = (asking.home / "locks").glob("stream-*.lock")
    other = FileTokens(asking.home / "tokens.json", asking.clock.now).lock(lock_file.stem)
    assert other.enter()
    done = asking("ask", "-p", "gigachat", "--no-wait", "Hi")
    other.leave()
    assert done.code == 7
    told_in_two_lines(done.err, "another llmchat", "--no-wait")
    assert asking("ask", "-p", "gigachat", "--no-wait", "Hi").code == 0


def test_a_failure_is_json_where_json_was_asked_for(asking: Shell, server: StrictGigaChat) -> None:
    server.script[CHAT].append(refusal(402, "Payment Required"))
    done = asking("ask", "-p", "gigachat", "--json", "Hi")
    assert done.code == 7
    error = json.loads(done.out)["error"]
    assert (error["kind"], error["exit_code"]) == ("quota", 7)


def test_a_picture_goes_along(asking: Shell, server: StrictGigaChat) -> None:
    (asking.cwd / "cat.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    done = asking("ask", "-p", "gigachat", "-a", "cat.png", "What is it?")
    assert (done.code, done.out) == (0, "Привет!\n"), done.err
    (uploaded,) = server.files
    assert server.to(CHAT)[0].json["messages"][0]["attachments"] == [uploaded]


def test_a_wrong_clock_is_told_and_allowed_for(asking: Shell, server: StrictGigaChat) -> None:
    now = asking.clock.now
    server.clock = lambda: now() + 7200
    first, second = (asking("ask", "-p", "gigachat", "Hi") for _ in range(2))
    assert (first.code, second.code) == (0, 0)
    assert "120 min behind" in first.err
    assert second.err == ""
    assert len(server.to(OAUTH)) == 1
