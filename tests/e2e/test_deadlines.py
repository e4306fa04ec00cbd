"""Slow services: every deadline ends the wait, and what arrived is saved."""

from __future__ import annotations

import asyncio

from tests.e2e.faults import PATIENT, Fault, Outcome, each, judge
from tests.e2e.frames import PING, ROLE, SAID, TEXT, delta, frame, stop
from tests.servers.scripted import JSON, SSE, Script, Visit, head, whole

NEVER = 100.0  # longer than any deadline of these tests
ANSWER = f"{SAID}\n"
HALF, CUT = delta("The answer "), "The answer \n"


def slowly(*pieces: bytes, pause: float, held: float = NEVER) -> Script:
    """Sends the head at once, then a piece after each pause, then nothing."""

    async def script(visit: Visit) -> None:
        await visit.send(head(200, SSE))
        for piece in pieces:
            await asyncio.sleep(pause)
            await visit.send(piece)
        await silence(visit, held)

    return script


async def silence(visit: Visit, seconds: float = NEVER) -> None:
    """Waits until the client hangs up, or for so long."""
    try:
        async with asyncio.timeout(seconds):
            await visit.hung_up()
    except TimeoutError:
        return


def forever(first: bytes, again: bytes, pause: float) -> Script:
    """The same piece again and again."""

    async def script(visit: Visit) -> None:
        await visit.send(head(200, SSE) + first)
        while not visit.writer.is_closing():
            await visit.send(again, pause=pause)

    return script


async def _no_word(visit: Visit) -> None:
    await silence(visit)


async def _half_a_head(visit: Visit) -> None:
    await visit.send(b"HTTP/1.1 200 OK\r\nContent-")
    await silence(visit)


async def _dripping_head(visit: Visit) -> None:
    await visit.send(b"HTTP/1.1 200 OK\r\n")
    while not visit.writer.is_closing():
        await visit.send(b"X-More: yes\r\n", pause=0.2)


async def _error_without_end(visit: Visit) -> None:
    await visit.send(head(401, JSON) + b'{"error":{"message":"no')
    await silence(visit)


async def _thoughts(visit: Visit) -> None:
    """Sends reasoning at once, and the answer long after the deadline for a first token."""
    await visit.send(head(200, SSE) + delta("", reasoning_content="hm "))
    await visit.send(delta("", reasoning_content="so "), pause=5)
    await visit.send(delta(SAID), stop(), frame("[DONE]"))


async def _come_back_later(visit: Visit) -> None:
    await visit.send(whole({}, status=503, retry_after="30"))


FIRST = ("--first-token-timeout", "3")  # the request has come by then
STALL = ("--stall-timeout", "1")
CONTENT = (*PATIENT, "--content-timeout", "1")
TOTAL = (*PATIENT, "--timeout", "5")  # the words before the silence come in that time
FAULTS = (
    Fault(
        "no word",
        _no_word,
        6,
        "timeout",
        "no answer began within 3 s",
        flags=FIRST,
        asked=1,
        hint="--first-token-timeout",
    ),
    Fault("half a head", _half_a_head, 6, "timeout", "no answer began", flags=FIRST),
    Fault("a head that drips", _dripping_head, 6, "timeout", "no answer began", flags=FIRST),
    Fault("a head, then silence", slowly(pause=0), 6, "timeout", "no answer began", flags=FIRST),
    Fault(
        "a role, then silence", slowly(ROLE, pause=0), 6, "timeout", "no answer began", flags=FIRST
    ),
    Fault(
        "a role, then silence, stalled",
        slowly(ROLE, pause=0),
        6,
        "timeout",
        "no data for 1 s",
        flags=STALL,
    ),
    Fault("pings for ever", forever(b"", PING, 0.1), 6, "timeout", "no answer began", flags=FIRST),
    Fault(
        "empty frames for ever",
        forever(b"", ROLE, 0.1),
        6,
        "timeout",
        "no answer began",
        flags=FIRST,
    ),
    Fault(
        "text, then silence",
        slowly(HALF, pause=0),
        10,
        "incomplete",
        "no data for",
        out=CUT,
        flags=STALL,
    ),
    Fault(
        "text, then pings for ever",
        forever(HALF, PING, 0.1),
        10,
        "incomplete",
        "keep-alives",
        out=CUT,
        flags=CONTENT,
    ),
    Fault(
        "text, then empty frames for ever",
        forever(HALF, ROLE, 0.1),
        10,
        "incomplete",
        "keep-alives",
        out=CUT,
        flags=CONTENT,
    ),
    Fault(
        "text, then half a frame",
        slowly(HALF, b'data: {"cho', pause=0),
        10,
        "incomplete",
        out=CUT,
        flags=STALL,
    ),
    Fault(
        "no end in all",
        forever(HALF, ROLE, 0.1),
        10,
        "incomplete",
        "longer than 5 s",
        out=CUT,
        flags=TOTAL,
    ),
    Fault("no word in all", _no_word, 6, "timeout", "longer than 5 s", flags=TOTAL),
    Fault("an error without an end", _error_without_end, 4, "auth", "not signed in", flags=STALL),
    Fault(
        "a deadline for the provider",
        _no_word,
        6,
        "timeout",
        "1 s",
        flags=(),
        env={"LLMCHAT_OPENAI_FIRST_TOKEN_TIMEOUT": "1"},
    ),
    Fault(
        "a slow answer",
        slowly(*(delta(c) for c in "slow"), stop(), pause=1.2, held=0),
        0,
        "",
        out="slow\n",
        flags=("--stall-timeout", "5"),
    ),
    Fault("an end that is held open", slowly(TEXT, pause=0), 0, "", out=ANSWER, flags=PATIENT),
    Fault(
        "a finish reason, then silence",
        slowly(delta(SAID), stop(), pause=0),
        0,
        "",
        out=ANSWER,
        flags=PATIENT,
    ),
    Fault(
        "[DONE], then pings for ever", forever(TEXT, PING, 0.1), 0, "", out=ANSWER, flags=PATIENT
    ),
    Fault(
        "finish reason, then pings for ever",
        forever(delta(SAID) + stop(), PING, 0.1),
        0,
        "",
        out=ANSWER,
        flags=PATIENT,
    ),
    Fault(
        "reasoning counts as a token",
        _thoughts,
        0,
        "",
        out=ANSWER,
        flags=("--first-token-timeout", "4"),
    ),
    Fault("a wait beyond the whole", _come_back_later, 8, "unavailable", flags=TOTAL, asked=1),
)


@each(FAULTS)
def test_deadline(fault: Fault, outcomes: dict[str, Outcome]) -> None:
    judge(outcomes[fault.name])
