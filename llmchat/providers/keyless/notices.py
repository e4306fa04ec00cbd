"""Recognises ban and login notices (data/notices.toml) at the start of a reply or in an error."""

from __future__ import annotations

import tomllib  # 5 ms, but this module is imported for keyless services only
from contextlib import aclosing
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from llmchat.errors import (
    AuthError,
    Blocked,
    Filtered,
    LlmchatError,
    NotAnAnswer,
    QuotaExceeded,
    RateLimited,
    Unavailable,
)
from llmchat.language import msg
from llmchat.providers.formats.readers import json_object
from llmchat.providers.stages import Events
from llmchat.transport.errors.status import error_text
from llmchat.values.events import Delta

KINDS: dict[str, type[LlmchatError]] = {
    cls.kind: cls
    for cls in (Blocked, RateLimited, QuotaExceeded, AuthError, Unavailable, NotAnAnswer, Filtered)
}
TELLING = frozenset(
    {"code", "error", "errors", "status", "statuscode", "errcode", "success", "ok"}
    | {"message", "msg", "errmsg", "detail", "data", "result", "rid", "timestamp"}
)
JSON_ERRORS = tuple(f'{{"{name}"' for name in sorted(TELLING))
FAILED = frozenset({"error", "fail", "failed", "failure"})
WHITE = " \t\r\n\ufeff"
LONGEST_JSON_ERROR = 4096


@dataclass(frozen=True, slots=True)
class ServiceNotice:
    provider: str
    kind: str
    starts: str = ""
    says: str = ""
    message: str = ""
    hint: str = ""
    code: str = ""

    def error(self, said: str) -> LlmchatError:
        message = msg(self.message) if self.message else said
        hint = msg(self.hint) if self.hint else ""
        return KINDS[self.kind](message, hint=hint, code=self.code or None)


@cache
def all_notices() -> tuple[ServiceNotice, ...]:
    path = Path(__file__).parents[2] / "data" / "notices.toml"
    return tuple(ServiceNotice(**row) for row in tomllib.loads(path.read_text("utf-8"))["notice"])


@cache
def notices_of(provider: str) -> tuple[ServiceNotice, ...]:
    return tuple(n for n in all_notices() if n.provider in ("*", provider))


def notice_error(provider: str, said: str) -> LlmchatError | None:
    """The error for a service's message, if it is a known notice."""
    for notice in notices_of(provider):
        if notice.says and notice.says in said:
            return notice.error(said)
    return None


async def screened(events: Events, provider: str) -> Events:
    """Holds back the beginning of an answer until it cannot be a known notice."""
    held = ""
    free = False
    async with aclosing(events):
        async for event in events:
            if free or not isinstance(event, Delta):
                if not free and held:  # at the end, everything has arrived
                    yield Delta(_released(held, provider))
                    free = True
                yield event
                continue
            held += event.text
            if not undecided(held, provider):
                free = True
                yield Delta(_released(held, provider))
    if held and not free:
        yield Delta(_released(held, provider))


def undecided(text: str, provider: str) -> bool:
    """Whether a reply that begins like this may still be a notice."""
    start = text.lstrip(WHITE).lower()
    if not start:
        return len(text) < LONGEST_JSON_ERROR
    if any(n.starts.startswith(start) for n in notices_of(provider) if n.starts):
        return True
    compact = "".join(start.split())
    maybe_json = compact.startswith(JSON_ERRORS) or any(j.startswith(compact) for j in JSON_ERRORS)
    return maybe_json and len(start) < LONGEST_JSON_ERROR


def _released(text: str, provider: str) -> str:
    """The text, unless it is a notice, for which the error is raised."""
    start = text.lstrip(WHITE).lower()
    for notice in notices_of(provider):
        if notice.starts and start.startswith(notice.starts):
            raise notice.error(text)
    if start.startswith("{") and (said := _json_error(text)):
        raise notice_error(provider, said) or NotAnAnswer(
            msg("the service sent an error as its answer: {said}", said=said),
            hint=msg("try again later, or use another provider (llmchat models)"),
        )
    return text


def _json_error(text: str) -> str:
    """The message of a JSON object that contains only an error."""
    data = json_object(text.strip(WHITE))
    if data is None:
        return ""
    fields = {name.lower(): value for name, value in data.items()}
    foreign = fields.keys() - TELLING
    return error_text(text.encode()) if _failed(fields) and len(foreign) <= 1 else ""


def _failed(fields: dict[str, Any]) -> bool:
    numbers = (fields.get(name) for name in ("code", "status", "statuscode", "errcode"))
    return (
        bool(fields.get("error") or fields.get("errors"))
        or fields.get("success") is False
        or fields.get("ok") is False
        or str(fields.get("status")).lower() in FAILED
        or any(isinstance(n, int) and n not in (0, 200) for n in numbers)
    )
