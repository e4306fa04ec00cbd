"""Explains in one line why a server could not be reached; the SDK raises nested exception
groups."""

from __future__ import annotations

import re
from collections.abc import Iterator

from llmchat.language import msg

# pydantic's errors name types of the SDK, and quote the input. The others are for an event stream
# that ends without an address for messages, or names two.
VALIDATION = re.compile(
    r"\b[0-9]+ validation errors? for (union\[JSONRPC|\w+Result\b)"
    r"|^Child exited without calling|^called 'started' twice"
)
# What an SSE server names first: the address to which all messages, with their headers, are sent.
ELSEWHERE = re.compile("^Endpoint origin does not match connection origin: (?P<url>.*)", re.DOTALL)
LONGEST = 300  # characters
# The SDK's code for a closed connection, which servers also use for other errors.
CLOSED = -32000
CLOSED_WORDS = ("Connection closed", "SSE stream ")
# The SDK's texts if an HTTP status refuses a message: 404 in a session, or any other.
REFUSED_WORDS = ("Session terminated", "Server returned an error response")


def why(error: BaseException) -> str:
    """The innermost reason; "" if it would not help a person."""
    causes = list(_leaves(error))
    for cause in causes:
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror
        if type(cause).__name__ in ("ConnectError", "ConnectTimeout"):
            return msg("connection failed")
    told = [str(getattr(cause, "message", "") or cause) for cause in causes]
    first = next((text for text in told if text.strip()), "")
    if VALIDATION.search(first):
        return msg("its answer is not MCP")
    if elsewhere := ELSEWHERE.match(first):
        url = " ".join(elsewhere["url"].split())[:LONGEST]
        return msg("it redirects messages to another server: {url}", url=url)
    return " ".join(first.split())[:LONGEST]


def is_closed(error: BaseException) -> bool:
    """Whether the connection has ended."""
    return any(_is_end(cause) for cause in _leaves(error))


def is_refused(error: BaseException) -> bool:
    """Whether the server refused the message, as one does that was restarted and does not know the
    session."""
    return any(getattr(cause, "message", "") in REFUSED_WORDS for cause in _leaves(error))


def _is_end(cause: BaseException) -> bool:
    if type(cause).__name__ in ("ClosedResourceError", "BrokenResourceError"):
        return True
    words = str(getattr(cause, "message", ""))
    return getattr(cause, "code", None) == CLOSED and words.startswith(CLOSED_WORDS)


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _leaves(inner)
    else:
        yield error
