"""Finds GigaChat's file tags (`<img src="ID" fuse="true"/>`) in text that may be split anywhere; no
I/O.

Why: docs/decisions/0068-a-picture-comes-after-the-words.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from llmchat.language import msg

LONGEST = 1024  # characters of a tag; a longer one is text
NAMES = ("img", "div", "video", "audio")
KINDS = {"img": msg("picture"), "video": msg("video"), "audio": msg("audio")}
TAG = re.compile(r"<(img|div|video|audio)\s([^<>]*)>(?:\s*</\1\s*>)?", re.IGNORECASE)
BEGUN = re.compile(r"<([a-z]*)(\s[^<>]*)?", re.IGNORECASE)
UNPAIRED = re.compile(r"<[a-z]+\s[^<>]*(?<!/)>\s*(?:<(?:/[a-z]*\s*)?)?", re.IGNORECASE)
CUT = re.compile(
    r"""<(?:img|div|video|audio)\s[^<>]*(?:src|cover|data-model-id)=["'][0-9a-f]{8}-""",
    re.IGNORECASE,
)
ATTRIBUTE = re.compile(r"""([a-z-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
ID = re.compile(r"[\w-]{1,128}", re.ASCII)


@dataclass(frozen=True, slots=True)
class FileTag:
    """A file of the answer: its id, its kind, and the original tag."""

    id: str
    kind: str  # picture, model, video, audio
    tag: str


class TagFilter:
    """Splits text into text and tags, in order; text that may become a tag is held back."""

    def __init__(self) -> None:
        self._held = ""

    def feed(self, text: str) -> Iterator[str | FileTag]:
        text, self._held = self._held + text, ""
        yield from self._parted(text, last=False)

    def flush(self) -> Iterator[str | FileTag]:
        """Releases the held-back text at the end."""
        text, self._held = self._held, ""
        if CUT.match(text) and ">" not in text:
            return
        yield from self._parted(text, last=True)

    def _parted(self, text: str, *, last: bool) -> Iterator[str | FileTag]:
        done = place = 0
        while (place := text.find("<", place)) >= 0:
            found = TAG.match(text, place)
            if not last and _undecided(text[place : place + LONGEST + 1], found):
                break
            tag = _tag_in(found) if found else None
            if found is None or tag is None:
                place += 1
                continue
            if done < place:
                yield text[done:place]
            yield tag
            done = place = found.end()
        end = len(text) if place < 0 else place
        if done < end:
            yield text[done:end]
        self._held = text[end:]


def _undecided(rest: str, found: re.Match[str] | None) -> bool:
    """Whether the text after this may still complete the tag."""
    if len(rest) > LONGEST:
        return False
    if found and _tag_in(found):
        return UNPAIRED.fullmatch(rest) is not None
    begun = BEGUN.fullmatch(rest)
    if begun is None:
        return False
    word = begun[1].lower()
    return word in NAMES if begun[2] else any(name.startswith(word) for name in NAMES)


def _tag_in(found: re.Match[str]) -> FileTag | None:
    """The tag; None for HTML that is part of the answer's text, such as `<img src="cat.png">`."""
    fields = {name.lower(): a or b for name, a, b in ATTRIBUTE.findall(found[2])}
    name = found[1].lower()
    if name == "div":
        return _named(fields.get("data-model-id", ""), msg("model"), found[0], sure=True)
    return _named(fields.get("src", ""), KINDS[name], found[0], sure=fields.get("fuse") == "true")


def _named(file_id: str, kind: str, tag: str, *, sure: bool) -> FileTag | None:
    telling = UUID.fullmatch(file_id) or (sure and ID.fullmatch(file_id))
    return FileTag(file_id, kind, tag) if telling else None
