"""The account's file storage: uploads for a question, downloads for an answer, listing and
deleting."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from llmchat.errors import (
    AuthError,
    BadRequest,
    LlmchatError,
    NotAnAnswer,
    NothingFound,
    TooLong,
    UnknownModel,
)
from llmchat.language import msg
from llmchat.providers.gigachat.calls import Api
from llmchat.providers.gigachat.errors import status_in
from llmchat.providers.gigachat.files import content_id, file_id, wire_type
from llmchat.providers.gigachat.tags import FileTag
from llmchat.providers.wire.media import media_type_of
from llmchat.providers.wire.readers import json_object, whole_number
from llmchat.system.tasks import end_task
from llmchat.transport.errors.status import is_html, unexpected
from llmchat.values.events import Event, Image, Notice, Stage
from llmchat.values.messages import Attachment

SLOWEST = 20_000  # bytes a second that are still waited for
LARGEST_FILE = 64 * 1024 * 1024  # of an answer
FETCHING = 120.0  # seconds for such a file
TIDYING = 5.0  # seconds for deleting when somebody wants to leave
LATEST = 10**11  # seconds since 1970, in the year 5138; what is later is no time
LOOK = 0.25  # seconds between two looks at an upload
UPLOAD_AGAIN = msg("attach the file again to upload it again")
KINDS = {"model": "model/vnd.fbx", "video": "video/mp4", "audio": "audio/mpeg"}


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file of the account as the service lists it."""

    id: str
    filename: str = ""
    bytes: int | None = None
    created_at: float | None = None
    purpose: str = ""
    access_policy: str = ""
    modalities: tuple[str, ...] = ()


class Storage:
    """`ids` are the service's names of what was sent, by `content_id`."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self.ids: dict[str, str] = {}

    async def send(self, attached: Iterable[Attachment]) -> AsyncGenerator[Event]:
        """Uploads what is not there yet, and says how far it has come."""
        for file in attached:
            if content_id(file) not in self.ids:
                yield Notice(msg("sending {name}", name=file.name))
                async for stage in self._progress(file):
                    yield stage

    async def fetch(self, tag: FileTag) -> Image:
        """A file that belongs to an answer."""
        try:
            body, content_type = await self._api.document(
                "GET",
                f"{_place(tag.id)}/content",
                headers={"Accept": "application/jpg"},
                patience=FETCHING,
                limit=LARGEST_FILE,
            )
        except UnknownModel as error:
            raise NotAnAnswer(
                msg("the answer refers to a missing {kind}", kind=tag.kind),
                hint=msg("ask for it again"),
                request_id=error.request_id,
                status=error.status,
            ) from error
        except LlmchatError as error:
            error.repeat = "never"  # the answer was given, and is paid for
            raise denied(
                error, msg("cannot fetch the {kind} of the answer", kind=tag.kind)
            ) from error
        if _is_no_file(body):
            what = msg("cannot fetch the {kind} of the answer", kind=tag.kind)
            raise unexpected(what, body, content_type)
        return Image(body, media_type_of(body) or KINDS.get(tag.kind, "application/octet-stream"))

    async def list(self) -> tuple[StoredFile, ...]:
        body, kind = await self._api.document("GET", "/files")
        rows = (json_object(body) or {}).get("data")
        if not isinstance(rows, list):
            raise unexpected(msg("cannot read the list of files"), body, kind)
        return tuple(_stored(row) for row in rows if isinstance(row, dict) and row.get("id"))

    async def delete(self, file: str) -> None:
        try:
            await self._api.document("POST", f"{_place(file)}/delete")
        except UnknownModel as error:
            raise NothingFound(
                msg("there is no file {file} in the account", file=file),
                hint=msg("llmchat files gigachat list"),
                request_id=error.request_id,
                status=error.status,
            ) from error
        self.ids = {content: known for content, known in self.ids.items() if known != file}

    async def tidy(self, files: Iterable[str]) -> str:
        """Deletes what one answer needed; returns why something stayed."""
        trouble = ""
        for file in files:
            try:
                async with asyncio.timeout(TIDYING):
                    await self.delete(file)
            except NothingFound:
                continue
            except (LlmchatError, TimeoutError) as error:
                why = error.message if isinstance(error, LlmchatError) else msg("no reply in time")
                trouble = msg(
                    "a file was left in the account ({why}); see llmchat files gigachat list",
                    why=why,
                )
        return trouble

    async def _progress(self, file: Attachment) -> AsyncGenerator[Event]:
        body = _Counted(file.content)
        sending = asyncio.ensure_future(self._send(file, body))
        try:
            while not sending.done():
                await asyncio.wait({sending}, timeout=LOOK)
                if not sending.done():
                    yield Stage(
                        msg("sending {name}, {percent} %", name=file.name, percent=body.percent)
                    )
            sending.result()
        finally:
            await end_task(sending, LlmchatError)

    async def _send(self, file: Attachment, body: _Counted) -> None:
        try:
            reply, _ = await self._api.document(
                "POST",
                "/files",
                files={"file": (_utf8(file.name), body, wire_type(file))},
                form={"purpose": "general"},
                patience=len(file.content) / SLOWEST,
            )
        except (BadRequest, TooLong, UnknownModel) as error:
            raise _rejected(error, file.name) from error
        self.ids[content_id(file)] = file_id(reply)


class _Counted(io.BytesIO):
    """Knows how much of it was read."""

    @property
    def percent(self) -> int:
        return round(100 * self.tell() / max(1, len(self.getbuffer())))


def denied(error: LlmchatError, what: str, *, hint: str = "") -> LlmchatError:
    """A file that this account may not have (403), told as that."""
    if not (isinstance(error, AuthError) and error.status == 403):
        return error
    return AuthError(
        msg("{what} ({message})", what=what, message=error.message),
        hint=hint or msg("the file belongs to another key or client ID; ask for the answer again"),
        request_id=error.request_id,
        status=error.status,
        code=error.code,
    )


def _rejected(error: LlmchatError, name: str) -> BadRequest:
    """A refused upload: whatever its status, neither the model nor the length of the conversation
    has to do with it."""
    return BadRequest(
        msg("cannot upload {name}: {message}", name=name, message=error.message),
        hint=msg("attach a smaller file or one of another type, or check base_url"),
        request_id=error.request_id,
        status=error.status,
    )


def _is_no_file(body: bytes) -> bool:
    """Nothing, a page, or an error that came with status 200."""
    return not body or is_html(body) or status_in(json_object(body[:4096]) or {}) is not None


def _utf8(name: str) -> str:
    """A name in another encoding must not stop an upload."""
    return name.encode(errors="replace").decode()


def _place(file: str) -> str:
    return f"/files/{quote(file, safe='')}"


def _stored(row: dict[str, Any]) -> StoredFile:
    modalities = row.get("modalities")
    return StoredFile(
        str(row["id"]),
        str(row.get("filename") or ""),
        whole_number(row.get("bytes")),
        _moment(row.get("created_at")),
        str(row.get("purpose") or ""),
        str(row.get("access_policy") or ""),
        tuple(map(str, modalities)) if isinstance(modalities, list) else (),
    )


def _moment(value: object) -> int | None:
    """A time that a calendar has."""
    moment = whole_number(value)
    return moment if moment is not None and 0 <= moment < LATEST else None
