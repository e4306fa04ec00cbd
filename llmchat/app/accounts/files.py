"""Lists, downloads and deletes the files in an account at a service."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from llmchat.app.models import provider_names
from llmchat.errors import LlmchatError, NetworkError, NothingFound, Timeout, UsageError
from llmchat.language import msg
from llmchat.values.events import Image

if TYPE_CHECKING:
    from llmchat.app.run.context import Context
    from llmchat.providers.gigachat import GigaChat
    from llmchat.providers.gigachat.storage import StoredFile

LIST = msg("llmchat files gigachat list")


async def stored_files(context: Context, name: str) -> tuple[StoredFile, ...]:
    async with _account(context, name) as provider:
        return await provider.stored_files()


async def find_files(context: Context, name: str, ids: Sequence[str]) -> tuple[StoredFile, ...]:
    """The files in the account that match, each by its id, the beginning of its id, or its name."""
    stored = await stored_files(context, name)
    return tuple(dict.fromkeys(_meant(stored, wanted) for wanted in ids)) if ids else stored


async def download(context: Context, name: str, wanted: str) -> bytes:
    """The content of one file; with a complete id the list is not needed."""
    from llmchat.providers.gigachat.tags import UUID

    whole = UUID.fullmatch(wanted)
    file = wanted if whole else (await find_files(context, name, [wanted]))[0].id
    content = b""
    async with _account(context, name) as provider:
        async for event in context.report.with_notices(provider.storage.download(file), name):
            if isinstance(event, Image):
                content = event.content
    return content


async def delete_files(
    context: Context, name: str, files: Sequence[StoredFile]
) -> tuple[list[StoredFile], list[LlmchatError]]:
    """Deletes files; returns the deleted ones and the errors for the others. Stops at the first
    error of the connection."""
    gone: list[StoredFile] = []
    failures: list[LlmchatError] = []
    async with _account(context, name) as provider:
        for file in files:
            try:
                await provider.storage.delete(file.id)
                gone.append(file)
            except LlmchatError as error:
                failures.append(error)
                if isinstance(error, NetworkError | Timeout):
                    break
    return gone, failures


def _meant(stored: Sequence[StoredFile], wanted: str) -> StoredFile:
    exact = [file for file in stored if file.id == wanted]
    found = exact or [f for f in stored if f.id.startswith(wanted) or f.filename == wanted]
    if not found:
        raise NothingFound(
            msg("there is no file {wanted} in the account", wanted=wanted), hint=LIST
        )
    if len(found) > 1:
        raise UsageError(
            msg("{wanted} matches {count} files", wanted=wanted, count=len(found)),
            hint=msg("use the whole ID; {list}", list=LIST),
        )
    return found[0]


@asynccontextmanager
async def _account(context: Context, name: str) -> AsyncGenerator[GigaChat]:
    from llmchat.providers.gigachat import GigaChat

    provider_names(context, name)  # raises for an unknown provider
    async with context.provider(name) as provider:
        if not isinstance(provider, GigaChat):
            raise UsageError(
                msg("{name} has no file storage that llmchat supports", name=name), hint=LIST
            )
        yield provider
