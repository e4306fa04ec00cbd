"""Reads a model's tool calls from the pieces of a reply, in all services' variants; no I/O.

Why: docs/decisions/0120-tools-on-two-wires.md.
"""

from __future__ import annotations

import json
import random
import string
from collections.abc import Iterator, Mapping
from typing import Any

from llmchat.errors import NotAnAnswer
from llmchat.language import msg
from llmchat.providers.formats.readers import json_object
from llmchat.providers.formats.tools.kept_thoughts import KeptThoughts
from llmchat.providers.formats.tools.names import ToolNames
from llmchat.providers.stages import repaired
from llmchat.values.calls import ToolCall
from llmchat.values.events import Stage

MOST_CALLS = 128  # in one turn; the loop runs far fewer
LARGEST_CALLS = 4 * 1024 * 1024  # characters of all calls in one turn: an argument may be a file
LONGEST_ID = 256
MOST_LOOKS = 20  # checks whether a call's arguments are complete, each of which reads all of them
LETTERS = string.ascii_letters + string.digits
EXTRA = "extra_content"  # Gemini's signature of a call; it refuses the call later without it


class CallReader:
    """Takes the pieces of calls, and returns the calls at the end of the reply."""

    def __init__(self, names: ToolNames) -> None:
        self._names = names
        self._calls: list[_Forming] = []
        self._thoughts = KeptThoughts()
        self._size = 0

    def take(self, message: Mapping[str, Any], *, whole: bool = False) -> Iterator[Stage]:
        """Takes the calls in a delta, or in a `whole` message, where each row is a call."""
        for size in self._thoughts.take(message.get("reasoning_details")):
            self._weigh(size)
        rows = message.get("tool_calls")
        for row in rows if isinstance(rows, list) else ():
            if isinstance(row, dict):
                self._take(_Piece(row), whole=whole)
                yield Stage(msg("writing a tool call"))

    def calls(self) -> list[ToolCall]:
        """All calls, with our names of the tools and a unique id each."""
        found: list[ToolCall] = []
        used = set[str]()
        for call in self._calls:
            if call.name:
                call.id = call.id if 0 < len(call.id) <= LONGEST_ID else new_call_id()
                call.id = new_call_id() if call.id in used else call.id
                used.add(call.id)
                name = self._names.own(repaired(call.name))
                found.append(ToolCall(call.id, name, repaired(call.text)))
        return found

    @property
    def extras(self) -> dict[str, Any]:
        """What the service needs back with each call, by the id of the call."""
        return {call.id: call.extra for call in self._calls if call.name and call.extra}

    @property
    def thoughts(self) -> list[dict[str, Any]]:
        """What it needs back with all of them."""
        return self._thoughts.rows if self._calls else []

    def _take(self, piece: _Piece, *, whole: bool) -> None:
        self._weigh(len(piece.text) + len(piece.name) + len(piece.id))
        known = self._latest(piece)
        repeated = whole and known is not None and piece.id and known.id == piece.id
        if known is None or not (repeated or (not whole and known.goes_on_with(piece))):
            if len(self._calls) >= MOST_CALLS:
                raise NotAnAnswer(
                    msg("the answer has more than {most_calls} tool calls", most_calls=MOST_CALLS)
                )
            known = _Forming(piece)
            self._calls.append(known)
        if not repeated:
            known.add(piece)

    def _weigh(self, size: int) -> None:
        self._size += size
        if self._size > LARGEST_CALLS:
            raise NotAnAnswer(
                msg(
                    "the tool calls in the answer exceed {largest_calls} MB",
                    largest_calls=LARGEST_CALLS >> 20,
                )
            )

    def _latest(self, piece: _Piece) -> _Forming | None:
        """The call that a piece may belong to: by its id, its index, or as the last call."""
        for call in reversed(self._calls):
            if piece.id and call.id == piece.id and piece.index in (None, call.index):
                return call
        same = (c for c in reversed(self._calls) if piece.index in (None, c.index))
        return next(same, None)


class _Piece:
    """One row of `tool_calls`; any field may be missing."""

    def __init__(self, row: Mapping[str, Any]) -> None:
        function = row.get("function")
        function = function if isinstance(function, dict) else {}
        index = row.get("index")
        self.index = index if isinstance(index, int | str) else None
        self.id = _text(row.get("id"))
        self.name = _text(function.get("name"))
        self.text = _arguments(function.get("arguments"))
        extra = row.get(EXTRA)
        self.extra = extra if isinstance(extra, dict) else None


class _Forming:
    """One call as far as it has arrived."""

    def __init__(self, piece: _Piece) -> None:
        self.index = piece.index
        self.id = ""
        self.name = ""
        self.extra: Mapping[str, Any] | None = None
        self._pieces: list[str] = []
        self._looks = 0

    @property
    def text(self) -> str:
        """The arguments; "{}" if there are none."""
        text = "".join(self._pieces)
        return text if text.strip() not in ("", "null") else "{}"

    def goes_on_with(self, piece: _Piece) -> bool:
        """Whether a piece with the same index, or without one, continues this call."""
        if piece.id and self.id:
            return piece.id == self.id
        if piece.id:
            return not (piece.name and self.name)  # an id may come late
        if piece.name and self.name:
            return piece.name == self.name and not self._is_whole()
        return True

    def add(self, piece: _Piece) -> None:
        self.id = self.id or piece.id
        self.name = self.name or piece.name
        self.extra = self.extra or piece.extra
        if not piece.text or (piece.id and self._is_whole() and piece.text == self.text):
            return  # repeated at the end
        if self._pieces == ["{}"]:  # a placeholder before the real arguments
            self._pieces = []
        self._pieces.append(piece.text)

    def _is_whole(self) -> bool:
        if not self._pieces or not self._pieces[-1].rstrip().endswith("}"):
            return False
        self._looks += 1
        return self._looks <= MOST_LOOKS and json_object("".join(self._pieces)) is not None


def new_call_id() -> str:
    """Nine letters and digits, which every service accepts."""
    return "".join(random.choices(LETTERS, k=9))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _arguments(value: object) -> str:
    """The arguments as text; some services send an object instead."""
    if value is None or isinstance(value, str):
        return value or ""
    try:
        return json.dumps(value, ensure_ascii=False)
    except (ValueError, RecursionError):
        raise NotAnAnswer(msg("the arguments of a tool call cannot be read")) from None
