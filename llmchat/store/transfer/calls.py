"""An answer's calls of tools as Markdown, where they were made: name, arguments, result."""

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
    """The answer in paragraphs, its calls between them; `most` characters of each result."""
    return "\n\n".join(filter(None, _parts(text, calls, most)))


def _parts(text: str, calls: Sequence[KeptCall], most: int | None) -> Iterator[str]:
    said = 0
    for kept in calls:
        yield text[said : kept.at].strip("\n")
        said = max(said, kept.at)
        yield _quoted(kept, most)
    yield text[said:].strip("\n")


def _quoted(kept: KeptCall, most: int | None) -> str:
    """A quotation, because the output of a tool is not an answer."""
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
    """A name as a code span, on one line; a backtick would end it."""
    return f"`{' '.join(name.replace('`', chr(39)).split())}`"
