"""Statuses other than 200, and how often a request is repeated because of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from email.utils import formatdate
from time import time

from tests.e2e.faults import Fault, Outcome, each, judge, suffered
from tests.e2e.frames import SAID, TEXT
from tests.e2e.shell import KEY, Shell
from tests.servers.scripted import HTML, JSON, Script, always, head, in_turn, serving, whole


def says(status: int, message: str = "", /, **headers: str | int) -> Script:
    body = {"error": {"message": message or f"words of {status}"}}
    return always(whole(body, JSON, status=status, connection="close", **headers))


def page(status: int, text: str = "<h1>Bad Gateway</h1>", /, **headers: str) -> Script:
    body = f"<!DOCTYPE html><html><title>oops</title><body>{text}</body></html>"
    return always(whole(body, HTML, status=status, connection="close", **headers))


CLOUDFLARE = "<html><head><title>Just a moment...</title></head><body></body></html>"
SOON = {"retry_after": "0"}
FAULTS = (
    Fault("400", says(400), 2, "bad_request", "words of 400", asked=1),
    Fault("401", says(401), 4, "auth", "words of 401", asked=1, hint="llmchat auth"),
    Fault("401 repeats the key", says(401, f"Incorrect API key: {KEY}"), 4, "auth", "***"),
    Fault("402", says(402), 7, "quota", "words of 402", asked=1),
    Fault("403", says(403), 4, "auth", "words of 403", asked=1),
    Fault("404", says(404, "no model m1"), 2, "unknown_model", "no model m1", asked=1),
    Fault("404 with a page", page(404), 8, "no_answer", hint="base_url", asked=1),
    Fault("405 with a page", page(405), 8, "no_answer", hint="base_url", asked=1),
    Fault("408", says(408, **SOON), 6, "timeout", asked=3),
    Fault("409", says(409), 8, "service", "words of 409", asked=1),
    Fault("410", says(410), 8, "service", asked=1),
    Fault("413", says(413), 2, "too_long", "words of 413", asked=1),
    Fault("418", says(418), 8, "service", asked=1),
    Fault("422", says(422), 2, "bad_request", "words of 422", asked=1),
    Fault("425", says(425), 8, "service", asked=1),
    Fault("429 without a word on when", says(429), 7, "rate_limit", asked=3),
    Fault("429 at once", says(429, **SOON), 7, "rate_limit", "words of 429", asked=3),
    Fault("429 in a second", says(429, retry_after="1"), 7, "rate_limit", asked=3),
    Fault("429 in two hours", says(429, retry_after="7200"), 7, "rate_limit", "7200 s", asked=1),
    Fault("429 with garbage", says(429, retry_after="soon"), 7, "rate_limit", asked=3),
    Fault("429 below zero", says(429, retry_after="-5"), 7, "rate_limit", asked=3),
    Fault("429 infinitely", says(429, retry_after="inf"), 7, "rate_limit", asked=3),
    Fault("429 not a number", says(429, retry_after="nan"), 7, "rate_limit", asked=3),
    Fault("429 enormous", says(429, retry_after="9" * 400), 7, "rate_limit"),
    Fault(
        "429 until a date in an hour",
        says(429, retry_after=formatdate(time() + 3600, usegmt=True)),
        7,
        "rate_limit",
        asked=1,
    ),
    Fault(
        "429 until a date that has passed",
        says(429, retry_after="Wed, 21 Oct 2015 07:28:00 GMT"),
        7,
        "rate_limit",
        asked=3,
    ),
    Fault(
        "429 without balance",
        always(whole({"error": {"code": "insufficient_quota", "message": "no money"}}, status=429)),
        7,
        "quota",
        "no money",
        asked=1,
    ),
    Fault("451", says(451), 8, "service", asked=1),
    Fault("500", says(500, **SOON), 8, "unavailable", "words of 500", asked=3),
    Fault("501", says(501), 8, "unavailable", asked=1),
    Fault("502 with a page", page(502, retry_after="0"), 8, "unavailable", "HTTP 502", asked=3),
    Fault("503", says(503, **SOON), 8, "unavailable", asked=3),
    Fault("503 in an hour", says(503, retry_after="3600"), 8, "unavailable", "3600 s", asked=1),
    Fault("504", says(504, **SOON), 8, "unavailable", asked=3),
    Fault("520", says(520), 8, "unavailable", asked=1),
    Fault("529", says(529, **SOON), 8, "unavailable", asked=3),
    Fault("599", says(599), 8, "unavailable"),
    Fault("600", says(600), 8, "unavailable"),
    Fault("999", says(999), 8, "unavailable"),
    Fault(
        "Cloudflare asks for a browser",
        always(whole(CLOUDFLARE, HTML, status=403, cf_mitigated="challenge")),
        8,
        "blocked",
        "Cloudflare",
    ),
    Fault(
        "Cloudflare with 503", always(whole(CLOUDFLARE, HTML, status=503)), 8, "blocked", asked=1
    ),
    Fault(
        "500 with an empty body",
        always(whole("", JSON, status=500, retry_after="0", connection="close")),
        8,
        "unavailable",
    ),
    Fault(
        "500 with binary",
        always(whole(bytes(range(256)), "", status=500, retry_after="0", connection="close")),
        8,
        "unavailable",
    ),
    Fault("400 with HTML", page(400), 2, "bad_request", asked=1),
    Fault(
        "400 with a list",
        always(whole(b'[{"error":{"message":"in a list"}}]', JSON, status=400)),
        2,
        "bad_request",
        "in a list",
    ),
    Fault("400 with deep JSON", always(whole(b"[" * 60000, JSON, status=400)), 2, "bad_request"),
    Fault(
        "400 in steering characters",
        says(400, "\x1b[2J\x07red\r\nllmchat: a second line"),
        2,
        "bad_request",
    ),
    Fault("400 in a megabyte", says(400, "long " * 200_000), 2, "bad_request"),
    Fault(
        "400 cut in its body",
        always(head(400, JSON, content_length=900) + b'{"error":'),
        2,
        "bad_request",
    ),
    Fault(
        "401 whose body never ends",
        always(head(401, JSON) + b'{"error":{"message":"no"}}'),
        4,
        "auth",
    ),
)
BETTER_LATER = (
    Fault(
        "503, then an answer",
        in_turn(whole({}, status=503, retry_after="0", connection="close"), whole(TEXT)),
        0,
        "",
        out=f"{SAID}\n",
        asked=2,
    ),
    Fault(
        "429 twice, then an answer",
        in_turn(
            whole({}, status=429, retry_after="0", connection="close"),
            whole({}, status=429, retry_after="0", connection="close"),
            whole(TEXT),
        ),
        0,
        "",
        out=f"{SAID}\n",
        asked=3,
    ),
)


@each([*FAULTS, *BETTER_LATER])
def test_status(fault: Fault, outcomes: dict[str, Outcome]) -> None:
    judge(outcomes[fault.name])


def test_repeats_are_told_with_their_price(outcomes: dict[str, Outcome]) -> None:
    """A 500 may have been charged, a 429 was not."""
    if {"500", "429 at once"} <= outcomes.keys():
        charged = outcomes["500"].result.lines[:2]
        free = outcomes["429 at once"].result.lines[:2]
        assert all(line.endswith("(the first request may be billed)") for line in charged)
        assert all(line.endswith("asking again in 0.0 s") for line in free)


NewShell = Callable[[str], Shell]
REDIRECTS = (301, 302, 303, 307, 308)


async def test_redirects_carry_no_key_and_are_not_followed(new_shell: NewShell) -> None:
    """The other host is never asked, and its address is named."""
    async with serving(always(whole(TEXT))) as other:
        location = f"http://127.0.0.2:{other.port}/v1"
        runs = [
            suffered(
                Fault(
                    f"{status}",
                    always(whole("", HTML, status=status, location=location)),
                    8, "service", f"127.0.0.2:{other.port}", hint="base_url", asked=1
                ),
                new_shell(str(status))
            )
            for status in REDIRECTS
        ]  # fmt: skip
        for outcome in await asyncio.gather(*runs):
            judge(outcome)
        assert other.connections == 0
