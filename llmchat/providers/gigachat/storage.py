"""The account's file storage: uploads, downloads, listing and deleting."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol
from urllib.parse import quote

from llmchat.errors import (
    AuthError,
    BadRequest,
    IncompleteAnswer,
    LlmchatError,
    NotAnAnswer,
    NothingFound,
    TooLong,
    UnknownModel,
)
from llmchat.language import msg
from llmchat.providers.formats.media import media_type_of
from llmchat.providers.formats.readers import json_object, whole_number
from llmchat.providers.gigachat.calls import Api
from llmchat.providers.gigachat.errors import status_in
from llmchat.providers.gigachat.files import content_id, file_id, wire_type
from llmchat.providers.gigachat.tags import FileTag
from llmchat.providers.stages import pause_before
from llmchat.system.tasks import end_task
from llmchat.transport.errors.status import is_html, not_an_answer, unexpected
from llmchat.values.events import Event, Image, Notice, Stage
from llmchat.values.messages import Attachment

SLOWEST = 20_000  # bytes per second; slower uploads are given up
LARGEST_FILE = 64 * 1024 * 1024  # bytes of a file in an answer
FETCHING = 120.0  # seconds to download a file
TIDYING = 5.0  # seconds for deleting files before the program exits
LATEST = 10**11  # seconds since 1970, in the year 5138; a later time is invalid
# Statuses for a file that is not in this account, or that cannot be looked for.
GONE = frozenset(range(400, 500)) - {401, 408, 429}
LOOK = 0.25  # seconds between two updates of the progress
UPLOAD_AGAIN = msg("attach the file again to upload it again")
NOT_YOURS = msg("the file belongs to another key or client ID; ask for the answer again")
KINDS = {"model": "model/vnd.fbx", "video": "video/mp4", "audio": "audio/mpeg"}


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file in the account, as listed by the service."""

    id: str
    filename: str = ""
    bytes: int | None = None
    created_at: float | None = None
    purpose: str = ""
    access_policy: str = ""
    modalities: tuple[str, ...] = ()


class UploadStore(Protocol):
    """Files that earlier runs uploaded, by account and `content_id`."""

    def find(self, account: str, digest: str) -> str: ...

    def remember(self, account: str, digest: str, file: str) -> None: ...

    def forget(self, account: str, digest: str) -> None: ...


class Storage:
    """Transfers files; `ids` maps the `content_id` of uploaded files to the service's ids."""

    def __init__(
        self,
        api: Api,
        name: str,
        retries: int,
        *,
        account: str = "",
        uploads: UploadStore | None = None,
    ) -> None:
        self._api = api
        self._name = name
        self._retries = retries
        self._account = account
        self._uploads = uploads
        self.ids: dict[str, str] = {}

    async def send(self, attached: Iterable[Attachment]) -> AsyncGenerator[Event]:
        """Uploads attachments that are not in the account yet, with progress events."""
        for file in attached:
            if content_id(file) not in self.ids:
                async with aclosing(self._repeated(partial(self._look_for, file))) as looking:
                    async for event in looking:
                        yield event
            if content_id(file) not in self.ids:
                yield Notice(msg("sending {name}", name=file.name))
                async with aclosing(self._repeated(partial(self._progress, file))) as sending:
                    async for event in sending:
                        yield event

    async def fetch(self, tag: FileTag) -> AsyncGenerator[Event]:
        """Downloads a file of an answer, retrying because the answer was paid for."""
        try:
            async with aclosing(self._repeated(partial(self._fetched, tag))) as events:
                async for event in events:
                    yield event
        except UnknownModel as error:
            raise NotAnAnswer(
                msg("the answer refers to a missing {kind}", kind=tag.kind),
                hint=msg("ask for it again"),
                request_id=error.request_id,
                status=error.status,
            ) from error
        except LlmchatError as error:
            raise self._unfetched(error, tag) from error

    async def download(self, file: str) -> AsyncGenerator[Event]:
        """Downloads any file of the account."""
        try:
            once = partial(self._fetched, FileTag(file, msg("file"), ""))
            async with aclosing(self._repeated(once)) as events:
                async for event in events:
                    yield event
        except UnknownModel as error:
            raise self._missing(file, error) from error
        except AuthError as error:
            hint = msg("it belongs to another key or client ID, or is not there")
            raise denied(error, msg("cannot fetch {file}", file=file), hint=hint) from None

    async def _repeated(self, once: Callable[[], AsyncGenerator[Event]]) -> AsyncGenerator[Event]:
        """Retries like a question; unlike one, this costs nothing."""
        for count in range(self._retries + 1):
            try:
                async with aclosing(once()) as events:
                    async for event in events:
                        yield event
                return
            except LlmchatError as error:
                pause = pause_before(error, count)
                if count == self._retries or pause is None:
                    raise
                line = msg(
                    "{id}: {message}; retrying in {pause:.1f} s",
                    id=self._name,
                    message=error.message,
                    pause=pause,
                )
            yield Notice(line)
            yield Stage(line, patience=pause + LOOK)
            await asyncio.sleep(pause)

    async def _fetched(self, tag: FileTag) -> AsyncGenerator[Event]:
        yield Stage(msg("fetching the {kind}", kind=tag.kind))
        body, content_type = await self._api.document(
            "GET",
            f"{_place(tag.id)}/content",
            headers={"Accept": "application/jpg"},
            patience=FETCHING,
            limit=LARGEST_FILE,
        )
        if _is_no_file(body):
            raise not_an_answer(body[:4096], content_type)
        yield Image(body, media_type_of(body) or KINDS.get(tag.kind, "application/octet-stream"))

    def _unfetched(self, error: LlmchatError, tag: FileTag) -> IncompleteAnswer:
        kind, message = tag.kind, error.message
        stays = msg("it stays in the account: llmchat files gigachat get {id} -O FILE", id=tag.id)
        return IncompleteAnswer(
            msg("cannot fetch the {kind} of the answer: {message}", kind=kind, message=message),
            hint=NOT_YOURS if error.status == 403 else stays,
            retry_after=error.retry_after,
            request_id=error.request_id,
            status=error.status,
            code=error.code,
        )

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
            raise self._missing(file, error) from error
        self.ids = {content: known for content, known in self.ids.items() if known != file}

    def forget(self, file: Attachment) -> None:
        """Uploads it again when it is needed next."""
        digest = content_id(file)
        self.ids.pop(digest, None)
        if self._uploads:
            self._uploads.forget(self._account, digest)

    def _missing(self, file: str, error: LlmchatError) -> NothingFound:
        return NothingFound(
            msg("there is no file {file} in the account", file=file),
            hint=msg("llmchat files gigachat list"),
            request_id=error.request_id,
            status=error.status,
        )

    async def tidy(self, files: Iterable[str]) -> str:
        """Deletes the files of an answer; returns why any of them remained."""
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

    async def _look_for(self, file: Attachment) -> AsyncGenerator[Event]:
        """Checks whether a file that an earlier run uploaded is still in the account."""
        digest = content_id(file)
        known = self._uploads.find(self._account, digest) if self._uploads else ""
        if not known:
            return
        yield Stage(msg("looking for {name} in the account", name=file.name))
        try:
            await self._api.document("GET", _place(known))
        except LlmchatError as error:
            if error.status not in GONE:
                raise
        else:
            self.ids[digest] = known

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
        digest = content_id(file)
        self.ids[digest] = file_id(reply)
        if self._uploads:
            self._uploads.remember(self._account, digest, self.ids[digest])


class _Counted(io.BytesIO):
    """Counts how much of it has been read."""

    @property
    def percent(self) -> int:
        return round(100 * self.tell() / max(1, len(self.getbuffer())))


def denied(error: LlmchatError, what: str, *, hint: str) -> LlmchatError:
    """The error for a file that this account may not access (403); other errors are unchanged."""
    if not (isinstance(error, AuthError) and error.status == 403):
        return error
    return AuthError(
        msg("{what} ({message})", what=what, message=error.message),
        hint=hint,
        request_id=error.request_id,
        status=error.status,
        code=error.code,
    )


def _rejected(error: LlmchatError, name: str) -> BadRequest:
    """The error for a refused upload; its status never means an unknown model or a long
    conversation."""
    return BadRequest(
        msg("cannot upload {name}: {message}", name=name, message=error.message),
        hint=msg("attach a smaller file or one of another type, or check base_url"),
        request_id=error.request_id,
        status=error.status,
    )


def _is_no_file(body: bytes) -> bool:
    """Whether a download is empty, a web page, or an error with status 200."""
    return not body or is_html(body) or status_in(json_object(body[:4096]) or {}) is not None


def _utf8(name: str) -> str:
    """The name as UTF-8; names in other encodings must not stop an upload."""
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
    """A timestamp; None if it is not valid."""
    moment = whole_number(value)
    return moment if moment is not None and 0 <= moment < LATEST else None
