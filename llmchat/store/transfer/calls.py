"""An answer's tool calls as Markdown, at their places in the text: name, arguments, result."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from llmchat.language.dates import short_time
from llmchat.values.calls import KeptCall
from llmchat.values.rounds import fenced

ENDINGS = {
    "ok": "",
    "error": "failed",
    "timeout": "timed out",
    "refused": "refused",
    "cancelled": "cancelled",
    "": "its end was not seen",
}


def with_calls(text: str, calls: Sequence[KeptCall], most: int | None = None) -> str:
    """The answer with its calls between the paragraphs; at most `most` characters of each
    result."""
    return "\n\n".join(filter(None, _parts(text, calls, most)))


def _parts(text: str, calls: Sequence[KeptCall], most: int | None) -> Iterator[str]:
    said = 0
    for kept in calls:
        yield text[said : kept.at].strip("\n")
        said = max(said, kept.at)
        yield _quoted(kept, most)
    yield text[said:].strip("\n")


def _quoted(kept: KeptCall, most: int | None) -> str:
    """A block quote, because the output of a tool is not part of the answer."""
    facts = [ENDINGS[kept.outcome], short_time(kept.ms) if kept.ms is not None else ""]
    told = ", ".join(filter(None, facts))
    head = f"Tool call: {_inert(kept.name)}" + (f" ({told})" if told else "")
    parts = [head, fenced(kept.call.arguments, "json")]
    if kept.result:
        parts.append(fenced(kept.result[:most]))
    if most is not None and len(kept.result) > most:
        parts.append(f"({len(kept.result) - most:,} more characters; --raw shows them)")
    lines = "\n\n".join(parts).split("\n")
    return "\n".join(f"> {line}".rstrip() for line in lines)


def _inert(name: str) -> str:
    """A name as a code span on one line; backticks are removed, because they would end it."""
    return f"`{' '.join(name.replace('`', chr(39)).split())}`"
