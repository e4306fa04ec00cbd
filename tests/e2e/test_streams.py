"""Streams of an OpenAI-compatible service that are no answer, half of one, or oddly written."""

from __future__ import annotations

import gzip
import json

from tests.e2e.faults import Fault, Outcome, each, judge
from tests.e2e.frames import END, PING, ROLE, SAID, TEXT, bare, delta, frame, stop, usage
from tests.servers.scripted import HTML, JSON, Script, always, whole
from tests.servers.scripted import TEXT as PLAIN

ANSWER = f"{SAID}\n"
HALF = delta("The answer ")
CUT = "The answer \n"
ERROR = frame({"error": {"message": "the model fell over", "type": "server_error"}})
ODD_ERROR = frame({"error": {"message": "words of an error"}})
PAGE = "<!DOCTYPE html><html><body>Please log in</body></html>"


def sse(*pieces: bytes) -> Script:
    return always(whole(b"".join(pieces)))


def answered(*pieces: bytes, out: str = ANSWER, name: str) -> Fault:
    return Fault(name, sse(*pieces), 0, "", out=out)


def whole_object(content: object, reason: object = "stop") -> bytes:
    message = {"role": "assistant", "content": content}
    return json.dumps({"choices": [{"message": message, "finish_reason": reason}]}).encode()


NO_ANSWER = (
    Fault("a page with 200", always(whole(PAGE, HTML)), 8, "no_answer", "web page", asked=1),
    Fault("a page called a stream", sse(PAGE.encode()), 8, "no_answer", "web page"),
    Fault(
        "JSON error with 200",
        always(whole({"error": {"message": "no credit"}})),
        8,
        "service",
        "no credit",
    ),
    Fault(
        "JSON error with its code",
        always(whole({"error": {"message": "slow down", "code": 429}})),
        7,
        "rate_limit",
        "slow down",
    ),
    Fault("JSON of something else", always(whole({"hello": "world"})), 8, "no_answer"),
    Fault("a bare text with 200", always(whole("hello", PLAIN)), 8, "no_answer"),
    Fault("JSON null", always(whole(b"null", JSON)), 8, "no_answer"),
    Fault("JSON list", always(whole(b"[]", JSON)), 8, "no_answer"),
    Fault("JSON number", always(whole(b"42", JSON)), 8, "no_answer"),
    Fault("JSON cut in its middle", always(whole(whole_object(SAID)[:40], JSON)), 8, "no_answer"),
    Fault("no choices", always(whole({"choices": []})), 8, "no_answer"),
    Fault("choices are no list", always(whole({"choices": {"a": 1}})), 8, "empty_answer"),
    Fault("an empty body", sse(b""), 8, "empty_answer"),
    Fault("only blank lines", sse(b"\n\n\n\n"), 8, "empty_answer"),
    Fault("only white space", always(whole("   \n", JSON)), 8, "empty_answer"),
    Fault("only comments", sse(PING * 5), 8, "empty_answer"),
    Fault("only event names", sse(b"event: ping\n\n" * 5), 8, "empty_answer"),
    Fault(
        "only a role, then the end", sse(ROLE), 10, "incomplete", "finish mark", state="incomplete"
    ),
    Fault("[DONE] without a text", sse(END), 8, "empty_answer", asked=1),
    Fault("finish without a text", sse(ROLE, stop(), END), 8, "empty_answer"),
    Fault("blanks for an answer", sse(delta("  \n "), stop(), END), 8, "empty_answer", out=""),
    Fault("an empty content in JSON", always(whole(whole_object(""), JSON)), 8, "empty_answer"),
    Fault("content is null", always(whole(whole_object(None), JSON)), 8, "empty_answer"),
    Fault("content is a number", always(whole(whole_object(42), JSON)), 8, "empty_answer"),
    Fault("error before a text", sse(ROLE, ERROR), 8, "unavailable", "the model fell over"),
    Fault("error of an unknown kind", sse(ODD_ERROR), 8, "service", "words of an error"),
    Fault(
        "error as an event",
        sse(b'event: error\ndata: {"message": "out of memory"}\n\n'),
        8,
        "service",
        "out of memory",
    ),
    Fault("error as a text", sse(frame({"error": "just words"})), 8, "service", "just words"),
    Fault("a frame that is no JSON", sse(b"data: {oops\n\n"), 8, "no_answer"),
    Fault("a frame that is a list", sse(b"data: []\n\n"), 8, "no_answer"),
    Fault("a frame that is null", sse(b"data: null\n\n"), 8, "no_answer"),
    Fault("a frame of deep JSON", sse(b"data: " + b"[" * 100_000 + b"\n\n"), 8, "no_answer"),
    Fault(
        "unknown compression",
        always(whole(b"x" * 50, "text/event-stream", content_encoding="br")),
        8,
        "no_answer",
    ),
    Fault(
        "broken compression",
        always(whole(b"no gzip", "text/event-stream", content_encoding="gzip")),
        8,
        "no_answer",
    ),
    Fault(
        "a filter with no text",
        sse(ROLE, stop("content_filter"), END),
        9,
        "filter",
        state="complete",
    ),
    Fault("tool calls only", sse(ROLE, stop("tool_calls"), END), 8, "empty_answer"),
    Fault("length without a text", sse(ROLE, stop("length"), END), 8, "empty_answer"),
)
CUT_SHORT = (
    Fault(
        "error after a text",
        sse(HALF, ERROR),
        10,
        "incomplete",
        "the model fell over",
        out=CUT,
        asked=1,
        hint="-c",
    ),
    Fault("finish reason error", sse(HALF, stop("error"), END), 10, "incomplete", out=CUT),
    Fault(
        "finish reason network_error", sse(HALF, stop("network_error")), 10, "incomplete", out=CUT
    ),
    Fault("garbage after a text", sse(HALF, b"data: {oops\n\n"), 10, "incomplete", out=CUT),
    Fault(
        "a page after a text", sse(HALF, f"data: {PAGE}\n\n".encode()), 10, "incomplete", out=CUT
    ),
    Fault(
        "a filter after a text",
        sse(HALF, stop("content_filter"), END),
        9,
        "filter",
        out=CUT,
        state="complete",
    ),
    Fault(
        "a filter's error after a text",
        sse(HALF, frame({"error": {"code": "content_filter", "message": "no"}})),
        9,
        "filter",
        out=CUT,
    ),
    Fault(
        "null for a reason, and then [DONE]",
        sse(HALF, END),
        10,
        "incomplete",
        "without a finish reason",
        out=CUT,
    ),
    Fault("a frame cut in its middle", sse(HALF, delta("is 42.")[:30]), 10, "incomplete", out=CUT),
    Fault("cut inside a character", sse(HALF, delta("пять")[:-40]), 10, "incomplete", out=CUT),
    Fault(
        "reasoning only, then the end",
        sse(delta("", reasoning_content="hm")),
        10,
        "incomplete",
        state="incomplete",
    ),
)
ODD_BUT_RIGHT = (
    answered(TEXT, name="the usual answer"),
    answered(
        frame('{"choices":[{"delta":{"content":"\\ud83d"}}]}'),
        frame('{"choices":[{"delta":{"content":"\\ude00"}}]}'),
        END,
        out="😀\n",
        name="a pair of surrogates in two frames",
    ),
    answered(TEXT.replace(b"\n", b"\r\n"), name="CRLF"),
    answered(TEXT.replace(b"\n", b"\r"), name="CR"),
    answered(b"\xef\xbb\xbf" + TEXT, name="a byte order mark"),
    answered(PING, TEXT.replace(b"\n\n", b"\n\n: ping\n\n"), name="comments between"),
    answered(TEXT.replace(b"data: ", b"data:"), name="no blank after the colon"),
    answered(
        TEXT.replace(b"data: ", b"id: 7\nretry: 10\nevent: message\ndata: "), name="other fields"
    ),
    answered(delta(SAID), stop(), name="no [DONE]"),
    answered(bare(SAID), END, name="[DONE] and no finish reason"),
    answered(delta(SAID), stop("eos_token"), END, name="an unknown finish reason"),
    answered(delta(SAID), stop(), END, delta("more"), name="text after [DONE]"),
    answered(delta(SAID), stop("length"), END, name="length"),
    answered(
        delta("a\u2028b\u2029c\u0085d"), stop(), END, out="a\u2028b\u2029c\u0085d\n", name="U+2028"
    ),
    answered(delta("a\x00b"), stop(), END, out="a\x00b\n", name="NUL in the text"),
    answered(
        delta("\x1b[31mred\x1b[0m"),
        stop(),
        END,
        out="\x1b[31mred\x1b[0m\n",
        name="escapes reach a pipe",
    ),
    answered(delta("x\n\n\n"), stop(), END, out="x\n", name="newlines at the end become one"),
    answered(
        frame('{"choices":[{"delta":{"content":"\\ud83d\\ude00"}}]}'),
        stop(),
        END,
        out="😀\n",
        name="a pair of surrogates",
    ),
    answered(
        frame('{"choices":[{"delta":{"content":"a\\ud83d"}}]}'),
        stop(),
        END,
        out="a\ufffd\n",
        name="half a pair of surrogates",
    ),
    answered(
        delta(SAID).replace(b"42", b"\xff\xfe"),
        stop(),
        END,
        out="The answer is ��.\n",
        name="invalid UTF-8",
    ),
    answered(
        frame({"choices": None}),
        frame({"choices": [None]}),
        frame({}),
        TEXT,
        name="frames that say nothing",
    ),
    answered(
        frame({"choices": [{"delta": None}]}), frame({"choices": [{}]}), TEXT, name="no delta"
    ),
    answered(
        frame({"choices": [{"index": 1, "delta": {"content": "other"}}]}),
        TEXT,
        name="a second choice",
    ),
    answered(
        delta(SAID), stop(), frame({"choices": [], "usage": "many"}), END, name="usage is a text"
    ),
    answered(
        delta(SAID),
        stop(),
        frame({"choices": [], "usage": {"total_tokens": -1.5}}),
        END,
        name="usage is a fraction",
    ),
    answered(delta(SAID), stop(), usage(), usage(), END, name="usage twice"),
    answered(delta(SAID), stop(usage={"prompt_tokens": 1}), END, name="usage beside the finish"),
    Fault(
        "an object although a stream was asked",
        always(whole(whole_object(SAID), JSON)),
        0,
        "",
        out=ANSWER,
    ),
    Fault("a content type that lies", always(whole(TEXT, JSON)), 0, "", out=ANSWER),
    Fault(
        "a stream in gzip",
        always(whole(gzip.compress(TEXT), "text/event-stream", content_encoding="gzip")),
        0,
        "",
        out=ANSWER,
    ),
    Fault(
        "--no-stream",
        always(whole(whole_object(SAID), JSON)),
        0,
        "",
        out=ANSWER,
        flags=("--no-stream",),
    ),
    Fault(
        "--no-stream and a stream all the same",
        sse(TEXT),
        0,
        "",
        out=ANSWER,
        flags=("--no-stream",),
    ),
)


@each(NO_ANSWER)
def test_no_answer(fault: Fault, outcomes: dict[str, Outcome]) -> None:
    """Nothing on stdout, and never exit 0."""
    judge(outcomes[fault.name])


@each(CUT_SHORT)
def test_cut_short(fault: Fault, outcomes: dict[str, Outcome]) -> None:
    """What came is shown and kept, and the exit code says that it is not all."""
    judge(outcomes[fault.name])


@each(ODD_BUT_RIGHT)
def test_odd_but_right(fault: Fault, outcomes: dict[str, Outcome]) -> None:
    """An answer is an answer, however it is written."""
    judge(outcomes[fault.name])
