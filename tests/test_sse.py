"""Server-sent events: the standard's own examples, fed in ugly pieces, and every cut alike."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import chain, pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from llmchat.errors import NotAnAnswer
from llmchat.sse import BOM, Decoder, ServerSentEvent


def decoded(pieces: Iterable[bytes], *, flush: bool = False) -> list[ServerSentEvent]:
    decoder = Decoder()
    events = [event for piece in pieces for event in decoder.feed(piece)]
    return events + (list(decoder.flush()) if flush else [])


def data_of(stream: bytes) -> list[str]:
    return [event.data for event in decoded([stream])]


STANDARD = {
    "one line of data": (b"data: This is the first message.\n\n", ["This is the first message."]),
    "several lines are joined": (
        b"data: This is the second message, it\ndata: has two lines.\n\n",
        ["This is the second message, it\nhas two lines."],
    ),
    "stocks": (b"data: YHOO\ndata: +2\ndata: 10\n\n", ["YHOO\n+2\n10"]),
    "an unfinished last event is dropped": (
        b": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event",
        ["first event", "second event"],
    ),
    "empty data is an event, and a lone field name is empty data": (
        b"data\n\ndata\ndata\n\ndata:",
        ["", "\n"],
    ),
    "one space is taken off, or none": (b"data:test\n\ndata: test\n\n", ["test", "test"]),
    "only one space is taken off": (b"data:  test\n\n", [" test"]),
    "a colon at the start is a comment": (b":data: no\n:\n: ping\n\ndata: yes\n\n", ["yes"]),
    "unknown fields are ignored": (b"foo: bar\ndata: a\nDATA: b\n data: c\n\n", ["a"]),
    "a colon in the value stays": (b"data: a:b: c\n\n", ["a:b: c"]),
    "line separators of Unicode are data": (
        "data: a\u2028b\u0085c\x0bd\n\n".encode(),
        ["a\u2028b\u0085c\x0bd"],
    ),
}


@pytest.mark.parametrize(("stream", "expected"), STANDARD.values(), ids=STANDARD)
def test_the_examples_of_the_standard(stream: bytes, expected: list[str]) -> None:
    assert data_of(stream) == expected
    assert [e.data for e in decoded([bytes([b]) for b in stream])] == expected


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"], ids=["LF", "CR", "CRLF"])
def test_every_line_end_of_the_standard_ends_a_line(end: bytes) -> None:
    stream = end.join([b"data: a", b"data: b", b"", b"event: x", b"data: c", b"", b""])
    expected = [ServerSentEvent("a\nb"), ServerSentEvent("c", event="x")]
    assert decoded([stream]) == expected
    assert decoded([bytes([b]) for b in stream]) == expected


def test_a_cut_between_cr_and_lf_is_one_line_end() -> None:
    assert data_of(b"data: a\r\ndata: b\r\n\r\n") == ["a\nb"]
    assert [e.data for e in decoded([b"data: a\r", b"\ndata: b\r", b"\n\r", b"\n"])] == ["a\nb"]


def test_an_empty_piece_between_cr_and_lf_changes_nothing() -> None:
    assert [e.data for e in decoded([b"data: a\r", b"", b"\n", b"\n"])] == ["a"]


def test_one_byte_order_mark_at_the_start_is_no_data() -> None:
    assert data_of(BOM + b"data: a\n\n") == ["a"]
    assert [e.data for e in decoded([b"\xef", b"\xbb", b"\xbfdata: a\n\n"])] == ["a"]
    assert data_of(BOM + BOM + b"data: a\n\n") == []
    assert data_of(b"\n" + BOM + b"data: a\n\n") == []


def test_event_names_last_for_one_event_and_ids_until_the_next() -> None:
    stream = b"event: add\nid: 7\nretry: 10\ndata: a\n\ndata: b\n\nevent: gone\n\ndata: c\nid\n\n"
    assert decoded([stream]) == [
        ServerSentEvent("a", event="add", id="7", retry=10),
        ServerSentEvent("b", id="7"),
        ServerSentEvent("c"),
    ]


def test_an_id_with_a_nul_and_a_retry_that_is_no_number_are_ignored() -> None:
    stream = b"id: 1\nid: 2\x003\nretry: 1x\nretry:\nretry: \xd9\xa1\ndata: a\n\n"
    assert decoded([stream]) == [ServerSentEvent("a", id="1")]


def test_broken_utf8_becomes_replacement_characters() -> None:
    assert data_of(b"data: a\xff\xd0\n\n") == ["a\ufffd\ufffd"]


def test_flush_gives_the_event_that_lacks_its_blank_line() -> None:
    """The standard drops it; a finish mark is worth more."""
    assert [e.data for e in decoded([b"data: a\n\ndata: [DONE]"], flush=True)] == ["a", "[DONE]"]
    assert [e.data for e in decoded([b"data: a\r"], flush=True)] == ["a"]
    assert decoded([b"data: a\n\n"], flush=True) == [ServerSentEvent("a")]


@pytest.mark.parametrize("piece", [b"data: xxxxxxxxxx", b"data: xxxx\n", b": xxxx"])
def test_an_endless_line_and_an_endless_event_are_refused(piece: bytes) -> None:
    decoder = Decoder(longest_line=100)
    with pytest.raises(NotAnAnswer, match="longer than"):
        list(chain.from_iterable(decoder.feed(piece) for _ in range(40)))


SAYING_NOTHING = {
    "comments": b": ping\n\n",
    "blank lines": b"\n",
    "bare CRs": b"\r",
    "names of events": b"event: ping\n\n",
    "ids": b"id: 7\n",
    "empty data": b"data:\n\n",
    "blank data": b"data:  \n\n",
}


@pytest.mark.parametrize("piece", SAYING_NOTHING.values(), ids=SAYING_NOTHING)
def test_what_says_nothing_has_an_end(piece: bytes) -> None:
    decoder = Decoder(most_filler=100)
    assert [e.data for e in decoder.feed(b"data: a\n\n")] == ["a"]
    with pytest.raises(NotAnAnswer, match="without any content"):
        list(chain.from_iterable(decoder.feed(piece) for _ in range(110)))


def test_keep_alives_between_events_may_go_on_for_ever() -> None:
    decoder = Decoder(most_filler=100)
    piece = b": ping\n\n" * 9 + b"data: a\n\n"
    assert len([e for _ in range(50) for e in decoder.feed(piece)]) == 50


def test_an_endless_event_of_empty_lines_is_refused() -> None:
    decoder = Decoder(longest_line=100)
    with pytest.raises(NotAnAnswer, match="longer than"):
        list(chain.from_iterable(decoder.feed(b"data:\n") for _ in range(40)))


def test_the_events_before_an_endless_line_are_not_lost() -> None:
    decoder = Decoder(longest_line=10)
    events = decoder.feed(b"data: a\n\n" + b"x" * 11)
    assert next(events).data == "a"
    with pytest.raises(NotAnAnswer):
        next(events)


def test_a_long_event_is_measured_anew_for_each_event() -> None:
    decoder = Decoder(longest_line=10)
    assert len([e for _ in range(10) for e in decoder.feed(b"data: xxxx\n\n")]) == 10


fields = st.sampled_from(
    ["data", "data:", "data: ", "event: ", "id: ", "retry: ", ":", "foo: ", "", "data:  ", "\ufeff"]
)
values = st.text(alphabet=st.sampled_from("ab:1 \u2028\u0085ж你👋\x00\ufeff"), max_size=6)
ends = st.sampled_from(["\n", "\r", "\r\n"])
streams = st.lists(st.tuples(fields, values, ends), max_size=12).map(
    lambda lines: "".join("".join(line) for line in lines).encode()
)


@settings(max_examples=300)
@given(
    start=st.sampled_from([b"", BOM]),
    stream=streams,
    garbage=st.sampled_from([b"", b"\xff", b"\xd0"]),
    cuts=st.lists(st.integers(0, 200), max_size=12),
    flush=st.booleans(),
)
def test_any_chunking_of_any_stream_decodes_alike(
    start: bytes, stream: bytes, garbage: bytes, cuts: list[int], flush: bool
) -> None:
    whole = start + stream + garbage
    edges = sorted({0, len(whole), *(c for c in cuts if c < len(whole))})
    pieces = [whole[a:b] for a, b in pairwise(edges)]
    assert decoded(pieces, flush=flush) == decoded([whole], flush=flush)
    assert decoded([bytes([b]) for b in whole], flush=flush) == decoded([whole], flush=flush)


def as_the_standard_says(stream: bytes) -> list[str]:
    """The data of each event, read line by line and slowly."""
    text = stream.decode("utf-8", "replace").removeprefix("\ufeff")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")[:-1]
    events: list[str] = []
    data: list[str] = []
    for line in lines:
        name, _, value = line.partition(":")
        if name == "data":
            data.append(value.removeprefix(" "))
        elif not line and data:
            events.append("\n".join(data))
            data = []
    return events


@settings(max_examples=300)
@given(stream=streams)
def test_every_mixture_of_line_ends_is_read_as_the_standard_says(stream: bytes) -> None:
    """But for a first line end of CR CR LF; a first one of CR CR waits for what follows."""
    first = re.search(rb"[\r\n]{1,3}", stream)
    assume(first is None or (first[0] != b"\r\r\n" and not stream.endswith(b"\r")))
    assert data_of(stream) == as_the_standard_says(stream)


@settings(max_examples=300)
@given(
    lines=st.lists(st.tuples(fields, values), max_size=12),
    cuts=st.lists(st.integers(0, 200), max_size=12),
)
def test_doubled_line_ends_are_line_ends(lines: list[tuple[str, str]], cuts: list[int]) -> None:
    """A recording whose LF became CRLF where CRLF stood already, cut anywhere."""
    plain = "".join(f"{''.join(line)}\n" for line in lines).encode()
    whole = plain.replace(b"\n", b"\r\r\n")
    edges = sorted({0, len(whole), *(c for c in cuts if c < len(whole))})
    assert decoded([whole[a:b] for a, b in pairwise(edges)]) == decoded([plain])


def test_an_event_of_several_lines_is_one_after_a_broken_tool() -> None:
    assert data_of(b"data: a\r\r\ndata: b\r\r\n\r\r\ndata: c\r\r\n\r\r\n") == ["a\nb", "c"]


def test_a_blank_line_in_another_style_than_the_first_ends_an_event() -> None:
    assert data_of(b"data: a\n\ndata: b\r\r\ndata: c\n\n") == ["a", "b", "c"]


def test_bare_carriage_returns_are_heard_at_once_but_for_the_first() -> None:
    decoder = Decoder()
    heard = [[e.data for e in decoder.feed(f"data: {x}\r\r".encode())] for x in "abc"]
    assert heard == [[], ["a", "b"], ["c"]]
    decoder = Decoder()
    assert list(decoder.feed(b"data: a\r\r")) == []
    assert [e.data for e in decoder.flush()] == ["a"]


@settings(max_examples=100)
@given(st.lists(st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]))))
def test_what_is_written_as_data_is_read_as_data(lines: list[str]) -> None:
    stream = "".join(f"data: {line}\n" for line in lines).encode() + b"\n"
    assert data_of(stream) == (["\n".join(lines)] if lines else [])
