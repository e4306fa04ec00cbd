"""Connections that fail: before a reply, inside its head, in the middle of its body."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.faults import QUESTION, Fault, Outcome, check_stderr, each, judge, settings
from tests.e2e.frames import SAID, TEXT, bare, delta, stop
from tests.e2e.shell import Shell, closed_port
from tests.servers.scripted import SSE, Visit, always, chunked, head, whole

HEAD = head(200, SSE, connection="close")
HALF = delta("The answer ")


async def _nothing(visit: Visit) -> None:
    """Closes the connection without sending anything."""


async def _reset(visit: Visit) -> None:
    visit.reset()


async def _reset_after_head(visit: Visit) -> None:
    await visit.send(HEAD, pause=0.05)
    visit.reset()


async def _reset_after_text(visit: Visit) -> None:
    await visit.send(HEAD + HALF, pause=0.2)
    visit.reset()


async def _reset_after_end(visit: Visit) -> None:
    await visit.send(head(200, SSE, content_length=99999) + TEXT, pause=0.2)
    visit.reset()


async def _close_after_head(visit: Visit) -> None:
    await visit.send(head(200, SSE, content_length=500))


CUT_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/ev"
FAULTS = (
    Fault("closed without a reply", _nothing, 5, "network", "closed the connection", asked=3),
    Fault("reset without a reply", _reset, 5, "network", asked=3),
    Fault("reset after the head", _reset_after_head, 5, "network", asked=3),
    Fault("closed after the head", _close_after_head, 5, "network", asked=3),
    Fault("head cut", always(CUT_HEAD), 5, "network", "closed the connection"),
    Fault("status line only", always(b"HTTP/1.1 200 OK\r\n"), 5, "network"),
    Fault("reset after text", _reset_after_text, 10, "incomplete", out="The answer \n", asked=1),
    Fault(
        "body shorter than its length",
        always(head(200, SSE, content_length=5000) + HALF),
        10,
        "incomplete",
        out="The answer \n",
        asked=1,
        hint="-c",
    ),
    Fault(
        "text without a finish mark",
        always(whole(HALF)),
        10,
        "incomplete",
        "finish mark",
        out="The answer \n",
        asked=1,
    ),
    Fault(
        "chunks without an end",
        always(head(200, SSE, transfer_encoding="chunked") + chunked([HALF], ended=False)),
        10,
        "incomplete",
        out="The answer \n",
    ),
    Fault(
        "chunk cut in its middle",
        always(head(200, SSE, transfer_encoding="chunked") + b"ff\r\n" + HALF),
        10,
        "incomplete",
        out="The answer \n",
    ),
    Fault(
        "chunk size is garbage",
        always(
            head(200, SSE, transfer_encoding="chunked") + chunked([HALF], ended=False) + b"zz\r\n"
        ),
        10,
        "incomplete",
        out="The answer \n",
    ),
    Fault(
        "length shorter than the body: the end mark is missing",
        always(head(200, SSE, content_length=len(HALF)) + HALF + TEXT),
        10,
        "incomplete",
        out="The answer \n",
    ),
    Fault(
        "length is no number",
        always(b"HTTP/1.1 200 OK\r\ncontent-length: many\r\n\r\n" + TEXT),
        8,
        "no_answer",
    ),
    Fault("not HTTP at all", always(b"SSH-2.0-OpenSSH_9.7\r\n\r\n"), 8, "no_answer", "HTTP"),
    Fault("a TLS alert", always(b"\x15\x03\x01\x00\x02\x02\x28"), 8, "no_answer"),
    Fault("HTTP/2 preface", always(b"\x00\x00\x12\x04\x00\x00\x00\x00\x00"), 8, "no_answer"),
    Fault("whole answer, then a reset", _reset_after_end, 0, "", out=f"{SAID}\n", asked=1),
    Fault(
        "whole answer, the promised length never comes",
        always(head(200, SSE, content_length=99999) + TEXT),
        0,
        "",
        out=f"{SAID}\n",
    ),
    Fault(
        "whole answer in chunks without an end",
        always(head(200, SSE, transfer_encoding="chunked") + chunked([TEXT], ended=False)),
        0,
        "",
        out=f"{SAID}\n",
    ),
    Fault(
        "one byte a packet",
        always(head(200, SSE, transfer_encoding="chunked") + chunked([bytes([b]) for b in TEXT])),
        0,
        "",
        out=f"{SAID}\n",
    ),
    Fault(
        "finish reason, then the connection ends without [DONE]",
        always(whole(delta(SAID) + stop())),
        0,
        "",
        out=f"{SAID}\n",
    ),
    Fault(
        "closed by HTTP/1.0", always(head(200, SSE, version="1.0") + TEXT), 0, "", out=f"{SAID}\n"
    ),
    Fault(
        "early hints before the reply",
        always(b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n" + whole(TEXT)),
        0,
        "",
        out=f"{SAID}\n",
    ),
    Fault(
        "100 Continue before the reply",
        always(b"HTTP/1.1 100 Continue\r\n\r\n" + whole(TEXT)),
        0,
        "",
        out=f"{SAID}\n",
    ),
    Fault(
        "no content type",
        always(head(200, "", content_length=len(TEXT)) + TEXT),
        0,
        "",
        out=f"{SAID}\n",
    ),
    Fault("204 without a body", always(b"HTTP/1.1 204 No Content\r\n\r\n"), 8, "empty_answer"),
    Fault(
        "[DONE] without its blank line",
        always(whole(bare(SAID) + b"data: [DONE]")),
        0,
        "",
        out=f"{SAID}\n",
    ),
)


@each(FAULTS)
def test_connection(fault: Fault, outcomes: dict[str, Outcome]) -> None:
    judge(outcomes[fault.name])


def test_refused_connection_is_tried_again_and_told(shell: Shell) -> None:
    """Nobody listens: two more tries, each told, then exit 5 in two lines."""
    url = f"http://127.0.0.1:{closed_port()}"
    result = shell.ask("-p", "openai", QUESTION, env=settings("openai", url))
    assert (result.code, result.out) == (5, "")
    check_stderr(result, failed=True)
    assert len(result.lines) == 4
    assert "refused the connection" in result.lines[-2]
    assert shell.history() == []  # the question reached nobody


def test_unknown_host_is_told_at_once(shell: Shell, tmp_path: Path) -> None:
    result = shell.ask("-p", "openai", "hi", env=settings("openai", "https://no.such.host.invalid"))
    assert (result.code, result.out) == (5, "")
    check_stderr(result, failed=True)
    assert "no.such.host.invalid" in result.lines[-2]
