"""Reads attachments and checks their types and sizes before anything is sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from llmchat.errors import TooLong, UsageError
from llmchat.inputs.prompt import STDIN, IsSecret, check_open, is_open, read_bytes
from llmchat.inputs.tokens import shown_size
from llmchat.language import joined, msg
from llmchat.values.messages import Attachment

MB = 1_000_000
FILE_HINT = msg("send text files with -f instead")

MAGIC: tuple[tuple[int, bytes, str], ...] = (  # offset, bytes, media type
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (0, b"II*\0", "image/tiff"),
    (0, b"MM\0*", "image/tiff"),
    (0, b"%PDF-", "application/pdf"),
    (8, b"WAVE", "audio/wav"),
    (0, b"OggS", "audio/ogg"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (4, b"ftypM4A", "audio/mp4"),
    (0, b"fLaC", "audio/flac"),
)
OFFICE = "application/vnd.openxmlformats-officedocument."
SUFFIXES = {  # types that the bytes do not show
    ".bmp": "image/bmp",
    ".txt": "text/plain",
    ".md": "text/markdown",
    ".csv": "text/csv",
    ".json": "application/json",
    ".docx": OFFICE + "wordprocessingml.document",
    ".xlsx": OFFICE + "spreadsheetml.sheet",
    ".pptx": OFFICE + "presentationml.presentation",
    ".doc": "application/msword",
    ".ppt": "application/vnd.ms-powerpoint",
    ".epub": "application/epub+zip",
    ".mp3": "audio/mpeg",
    ".mp4": "audio/mp4",
    ".m4a": "audio/mp4",
    ".weba": "audio/webm",
    ".opus": "audio/ogg",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What a service accepts: media types (or prefixes) with the largest size of each."""

    sizes: tuple[tuple[str, int], ...]
    total: int
    images: int
    documents: int = 50  # besides pictures and sound
    free: bool = False  # whether documents do not count towards the total

    def largest(self, media_type: str) -> int:
        return next((size for start, size in self.sizes if media_type.startswith(start)), 0)

    @property
    def shown(self) -> str:
        kinds = [start.rstrip("/").removeprefix("application/") for start, _ in self.sizes]
        return joined(", ", kinds)


_GIGACHAT_TEXT = 40 * MB
GIGACHAT = Limits(
    (
        ("image/png", 15 * MB),
        ("image/jpeg", 15 * MB),
        ("image/tiff", 15 * MB),
        ("image/bmp", 15 * MB),
        ("audio/", 35 * MB),
        ("text/", _GIGACHAT_TEXT),
        ("application/pdf", _GIGACHAT_TEXT),
        ("application/msword", _GIGACHAT_TEXT),
        ("application/vnd.ms-powerpoint", _GIGACHAT_TEXT),
        (OFFICE, _GIGACHAT_TEXT),
        ("application/epub+zip", _GIGACHAT_TEXT),
    ),
    total=80 * MB,
    images=10,
    documents=1,
    free=True,
)
OPENAI = Limits(
    (
        ("image/png", 20 * MB),
        ("image/jpeg", 20 * MB),
        ("image/gif", 20 * MB),
        ("image/webp", 20 * MB),
        ("application/pdf", 32 * MB),
    ),
    total=50 * MB,
    images=50,
)
LARGEST = max(GIGACHAT.total, OPENAI.total)
TAKES_NONE = frozenset({"chatglm", "yqcloud", "chatgptt"})


def limits_for(provider: str) -> Limits:
    """The limits of a provider; raises an error for one that does not accept attachments."""
    if provider in TAKES_NONE:
        raise UsageError(
            msg("{provider} does not accept attachments", provider=provider), hint=FILE_HINT
        )
    return GIGACHAT if provider == "gigachat" else OPENAI  # all others use OpenAI's format


def read_attachments(
    paths: Sequence[str],
    *,
    provider: str,
    cwd: Path,
    is_secret: IsSecret = is_open,
    piped: bytes = b"",
) -> tuple[Attachment, ...]:
    """The files with their media types; raises an error if the provider does not accept one of
    them. `-` means piped input."""
    if not paths:
        return ()
    limits = limits_for(provider)
    files: list[tuple[str, bytes]] = []
    for path in paths:
        if path == STDIN:
            files.append(("stdin", piped))
            continue
        check_open(cwd / path, path, is_secret)
        files.append((path, read_bytes(cwd / path, path, limit=limits.total)))
    places = ("" if path == STDIN else str((cwd / path).absolute()) for path in paths)
    found = checked(files, provider=provider)
    return tuple(replace(file, path=place) for file, place in zip(found, places, strict=True))


def checked(files: Sequence[tuple[str, bytes]], *, provider: str) -> tuple[Attachment, ...]:
    """Attachments from names and contents; raises an error if the provider does not accept one of
    them."""
    limits = limits_for(provider)
    found = tuple(_checked(name, content, provider, limits) for name, content in files)
    documents = [attachment for attachment in found if is_document(attachment)]
    if len(documents) > limits.documents:
        names = ", ".join(document.name for document in documents[:3])
        most = limits.documents
        raise UsageError(
            msg(
                "{provider} reads {most} document per question, not {count}: {names}",
                provider=provider,
                most=most,
                count=len(documents),
                names=names,
            ),
            hint=msg("ask about one at a time, or add text files with -f instead of -a"),
        )
    counted = [a for a in found if not (limits.free and is_document(a))]
    total = sum(len(attachment.content) for attachment in counted)
    if total > limits.total:
        sizes = msg(
            "{shown_size}; {provider} accepts {shown_size2}",
            shown_size=shown_size(total),
            provider=provider,
            shown_size2=shown_size(limits.total),
        )
        problem = msg("the attachments total {sizes}", sizes=sizes)
        raise TooLong(problem, hint=msg("attach fewer or smaller files"))
    images = sum(attachment.media_type.startswith("image/") for attachment in found)
    if images > limits.images:
        problem = msg(
            "{images} images attached; {provider} accepts {images2}",
            images=images,
            provider=provider,
            images2=limits.images,
        )
        raise TooLong(problem, hint=msg("attach fewer images"))
    return found


def is_document(attachment: Attachment) -> bool:
    return not attachment.media_type.startswith(("image/", "audio/", "video/"))


def media_type(name: str, content: bytes) -> str:
    """The media type by the first bytes, else by the name; "" if unknown."""
    for offset, magic, kind in MAGIC:
        if content.startswith(magic, offset):
            return kind
    return SUFFIXES.get(Path(name).suffix.lower(), "")


def _checked(name: str, content: bytes, provider: str, limits: Limits) -> Attachment:
    short = Path(name).name
    kind = media_type(short, content)
    largest = limits.largest(kind)
    if not content:
        raise UsageError(msg("{name} is empty", name=name), hint=msg("check the path"))
    if not kind or not largest:
        what = msg("is {kind}", kind=kind) if kind else msg("has an unknown type")
        raise UsageError(
            msg(
                "{name} {what}; {provider} accepts {shown}",
                name=name,
                what=what,
                provider=provider,
                shown=limits.shown,
            ),
            hint=FILE_HINT,
        )
    if len(content) > largest:
        raise TooLong(
            msg(
                "{name} is {shown_size}; {provider} accepts {kind} up to {shown_size2}",
                name=name,
                shown_size=shown_size(len(content)),
                provider=provider,
                shown_size2=shown_size(largest),
                kind=kind,
            ),
            hint=msg("attach a smaller file"),
        )
    return Attachment(short, kind, content)
