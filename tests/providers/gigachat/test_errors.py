"""Each refusal of WIRE.md, its exit code, its cause and its remedy."""

from __future__ import annotations

import json

import pytest

from llmchat.errors import (
    AuthError,
    BadRequest,
    Blocked,
    ConfigError,
    LlmchatError,
    NotAnAnswer,
    QuotaExceeded,
    RateLimited,
    ScopeError,
    ServiceError,
    TooLong,
    Unavailable,
    UnknownModel,
)
from llmchat.providers.gigachat.auth.refusals import code_in, token_refusal
from llmchat.providers.gigachat.errors import api_refusal, status_in

PERS = "GIGACHAT_API_PERS"


def oauth(status: int, code: int | None, message: str) -> LlmchatError:
    body = json.dumps({"code": code, "message": message}).encode()
    return token_refusal(status, {"x-request-id": "r-1"}, body, scope=PERS)


def api(status: int, message: str, **headers: str) -> LlmchatError:
    body = json.dumps({"status": status, "message": message}).encode()
    return api_refusal(status, {"x-request-id": "r-2", **headers}, body)


@pytest.mark.parametrize(
    ("status", "code", "message", "kind", "exit_code", "cause", "remedy"),
    [
        (400, 1, "scope data format invalid", ScopeError, 3, "does not recognise", "auth gigachat"),
        (400, 5, "scope is empty", ScopeError, 3, "no scope was sent", "auth gigachat"),
        (
            400,
            7,
            "scope from db not fully",
            ScopeError,
            3,
            "not belong to the scope",
            "GIGACHAT_API_B2B",
        ),
        (400, 4, "Can't decode", AuthError, 4, "form", "auth gigachat"),
        (401, 4, "Can't decode", AuthError, 4, "form", "auth gigachat"),
        (401, 6, "credentials", AuthError, 4, "wrong or was revoked", "auth gigachat"),
        (401, None, "Unauthorized", AuthError, 4, "rejected the key", "auth gigachat"),
        (403, None, "Forbidden", AuthError, 4, "rejected the key", "auth gigachat"),
        (400, None, "RqUID", BadRequest, 2, "RqUID", "auth_url"),
        (413, None, "too large", BadRequest, 2, "too large", "auth_url"),
        (422, None, "no form", BadRequest, 2, "no form", "auth_url"),
        (429, None, "Too many", RateLimited, 7, "Too many", "wait"),
        (500, None, "Internal", Unavailable, 8, "unavailable", "later"),
        (503, None, "Maintenance", Unavailable, 8, "Maintenance", "later"),
    ],
)
def test_a_refused_token_request_names_cause_and_remedy(
    status: int,
    code: int | None,
    message: str,
    kind: type[LlmchatError],
    exit_code: int,
    cause: str,
    remedy: str,
) -> None:
    error = oauth(status, code, message)
    assert type(error) is kind
    assert error.exit_code == exit_code
    assert cause in error.message
    assert remedy in error.hint
    assert error.request_id == "r-1"


def test_a_key_of_another_scope_is_told_the_two_other_ones() -> None:
    hint = oauth(400, 7, "scope").hint
    assert "GIGACHAT_API_B2B" in hint
    assert "GIGACHAT_API_CORP" in hint
    assert PERS not in hint


def test_a_page_of_a_gateway_for_a_token_says_nothing_of_a_window() -> None:
    error = token_refusal(413, {}, b"<html>too large</html>", scope=PERS)
    assert type(error) is BadRequest
    assert "auth_url" in error.hint


def test_a_token_request_is_never_charged() -> None:
    assert oauth(500, None, "x").repeat == "free"
    assert oauth(429, None, "x").repeat == "free"
    assert oauth(401, 6, "x").repeat == "never"


@pytest.mark.parametrize(
    ("status", "message", "kind", "exit_code", "remedy"),
    [
        (400, "Your request contains invalid JSON syntax.", BadRequest, 2, "-o"),
        (401, "Token has expired", AuthError, 4, "auth gigachat"),
        (402, "Payment Required", QuotaExceeded, 7, "--balance"),
        (403, "Permission denied", AuthError, 4, "auth status"),
        (404, "No such model", UnknownModel, 2, "models gigachat"),
        (404, "nothing here", UnknownModel, 2, "base_url"),
        (413, "Payload too large", TooLong, 2, "shorten the prompt"),
        (422, "Invalid params: repetition_penalty must be in range", BadRequest, 2, "-o"),
        (429, "Too many requests", RateLimited, 7, "one stream"),
        (500, "Internal Server Error", Unavailable, 8, "later"),
        (418, "teapot", ServiceError, 8, "doctor"),
    ],
)
def test_a_refused_call_names_cause_and_remedy(
    status: int, message: str, kind: type[LlmchatError], exit_code: int, remedy: str
) -> None:
    error = api(status, message)
    assert type(error) is kind
    assert error.status == status
    assert error.exit_code == exit_code
    assert message in error.message
    assert remedy in error.hint
    assert error.request_id == "r-2"


def test_retry_after_is_kept() -> None:
    error = api(429, "Too many requests", **{"retry-after": "7"})
    assert error.retry_after == 7
    assert error.repeat == "free"


def test_a_web_page_in_front_is_not_taken_for_the_service() -> None:
    page = b"<html><title>Just a moment...</title></html>"
    assert isinstance(api_refusal(403, {}, page), Blocked)
    plain = api_refusal(403, {}, b"<html>login</html>")
    assert "account" not in plain.message
    assert "key" not in token_refusal(403, {}, b"<html>login</html>", scope=PERS).message


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", ConfigError),
        (b'{"message": "no route"}', ConfigError),
        (b"<html>lost</html>", NotAnAnswer),
    ],
)
@pytest.mark.parametrize("status", [404, 405, 410])
def test_an_address_that_sells_no_tokens_is_told(
    status: int, body: bytes, kind: type[LlmchatError]
) -> None:
    error = token_refusal(status, {"x-request-id": "r-1"}, body, scope=PERS)
    assert (type(error), error.status, error.request_id) == (kind, status, "r-1")
    assert "cannot get an access token" in error.message
    assert "auth_url" in error.hint


def test_a_token_service_that_has_moved_is_not_taken_for_the_api() -> None:
    error = token_refusal(302, {"location": "https://new.example/oauth"}, b"", scope=PERS)
    assert "https://new.example/oauth" in error.message
    assert error.hint == "if you trust the new address, set auth_url to it"


def test_an_empty_body_is_told_by_its_status() -> None:
    assert "HTTP 403" in api_refusal(403, {}, b"").message


@pytest.mark.parametrize("body", [b"", b"[1]", b'"x"', b"{", b'{"code": "7"}', b"[" * 50_000])
def test_a_code_that_is_none_is_none(body: bytes) -> None:
    assert code_in(body) is None


def test_a_status_is_only_one_without_an_answer() -> None:
    assert status_in({"status": 429, "message": "x"}) == 429
    assert status_in({"status": 429, "choices": []}) is None
    assert status_in({"status": "429"}) is None
    assert status_in({"status": 200}) is None
