"""Attachments: checks the types and sizes that GigaChat accepts before anything is sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from hashlib import sha256

from llmchat.errors import BadRequest, NotAnAnswer, TooLong
from llmchat.language import msg
from llmchat.providers.formats.readers import json_object
from llmchat.values.messages import Attachment, Message, Request

MEGABYTE = 1024 * 1024
LARGEST_TEXT = 40 * MEGABYTE
LARGEST_IMAGE = 15 * MEGABYTE
LARGEST_AUDIO = 35 * MEGABYTE
LARGEST_SUM = 80 * MEGABYTE  # of pictures and sound together
MOST_IMAGES = 10
# The service's documentation has other names than IANA for some types.
SBER_TYPES = {
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "application/vnd.ms-excel",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "application/pptx",
    "application/vnd.ms-powerpoint": "application/ppt",
    "application/epub+zip": "application/epub",
    "text/markdown": "text/plain",
    "text/csv": "text/plain",
}
HEARD = ("audio", "video")


def is_image(attachment: Attachment) -> bool:
    return attachment.media_type.startswith("image/")


def is_document(attachment: Attachment) -> bool:
    return not is_image(attachment) and attachment.media_type.partition("/")[0] not in HEARD


def check_limits(attachments: Iterable[Attachment]) -> None:
    """Raises the errors that the service would report only after the upload, or not at all."""
    files = tuple(attachments)
    for file in files:
        limit = limit_for(file.media_type)
        if len(file.content) > limit:
            raise TooLong(
                msg(
                    "{name} is {megabytes}; GigaChat accepts up to {megabytes2} of {kind}",
                    name=file.name,
                    megabytes=_megabytes(len(file.content)),
                    megabytes2=_megabytes(limit),
                    kind=_kind(file.media_type),
                ),
                hint=msg("attach a smaller file"),
            )
        if not file.content:
            raise BadRequest(
                msg("{name} is empty", name=file.name), hint=msg("attach a file that is not empty")
            )
    total = sum(len(file.content) for file in files if not is_document(file))
    if total > LARGEST_SUM:
        raise TooLong(
            msg(
                "the files total {megabytes}; GigaChat accepts {megabytes2}",
                megabytes=_megabytes(total),
                megabytes2=_megabytes(LARGEST_SUM),
            ),
            hint=msg("attach fewer files"),
        )
    images = sum(map(is_image, files))
    if images > MOST_IMAGES:
        raise TooLong(
            msg(
                "{images} images; GigaChat accepts {most_images}",
                images=images,
                most_images=MOST_IMAGES,
            ),
            hint=msg("attach fewer"),
        )
    documents = [file.name for file in files if is_document(file)]
    if len(documents) > 1:
        raise BadRequest(
            msg(
                "GigaChat reads one document per request, not {count}: {documents}",
                count=len(documents),
                documents=", ".join(documents[:3]),
            ),
            hint=msg("ask about one at a time, or add text files with -f instead of -a"),
        )


def with_room(request: Request) -> tuple[Request, tuple[str, ...]]:
    """The request with the files that fit into it, and the names of those that do not; raises an
    error if a file of the new question does not fit."""
    last = next((m for m in reversed(request.messages) if m.role == "user"), None)
    check_limits(last.attachments if last else ())
    messages, left_out = fitting(request.messages)
    check_limits(a for m in messages for a in m.attachments)
    return replace(request, messages=messages), left_out


def fitting(messages: Sequence[Message]) -> tuple[tuple[Message, ...], tuple[str, ...]]:
    """The messages with the files that fit into one request, and the names of files from earlier
    questions that were left out in favour of newer ones. Answers have no files."""
    kept: list[Message] = []
    left_out: list[str] = []
    documents = images = 0
    for message in reversed(messages):
        staying: list[Attachment] = []
        for file in message.attachments if message.role == "user" else ():
            full = (documents > 0 and is_document(file)) or (
                images >= MOST_IMAGES and is_image(file)
            )
            (left_out.append(file.name) if full else staying.append(file))
        documents += sum(map(is_document, staying))
        images += sum(map(is_image, staying))
        kept.append(replace(message, attachments=tuple(staying)))
    return tuple(reversed(kept)), tuple(reversed(left_out))


def spread(attachments: Sequence[Attachment]) -> Iterator[tuple[Attachment, ...]]:
    """Groups attachments in order, so that each message has at most one picture."""
    group: list[Attachment] = []
    for file in attachments:
        if is_image(file) and any(map(is_image, group)):
            yield tuple(group)
            group = []
        group.append(file)
    yield tuple(group)


def limit_for(media_type: str) -> int:
    limits = {"image": LARGEST_IMAGE, "audio": LARGEST_AUDIO, "video": LARGEST_AUDIO}
    return limits.get(media_type.partition("/")[0], LARGEST_TEXT)


def wire_type(attachment: Attachment) -> str:
    return SBER_TYPES.get(attachment.media_type, attachment.media_type)


def content_id(attachment: Attachment) -> str:
    """An id for a file's content, so that it is uploaded once, however often its message is
    sent."""
    return sha256(attachment.media_type.encode() + b"\n" + attachment.content).hexdigest()


def file_id(body: bytes) -> str:
    """The service's id of an uploaded file."""
    found = (json_object(body) or {}).get("id")
    if not isinstance(found, str) or not found or not found.isprintable():
        raise NotAnAnswer(
            msg("GigaChat accepted the file without returning its ID"), hint=msg("try again")
        )
    return found


def _kind(media_type: str) -> str:
    kind = media_type.partition("/")[0]
    return kind if kind in ("image", "audio", "video") else "text"


def _megabytes(size: int) -> str:
    number = size / MEGABYTE
    if f"{number:.1f}".endswith(".0"):
        return msg("{number:.0f} MB", number=number)
    return msg("{number:.1f} MB", number=number)
