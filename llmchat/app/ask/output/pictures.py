"""Saves pictures and other files that come with an answer, and chooses their names."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from time import localtime, strftime
from typing import TYPE_CHECKING

from llmchat.app.run.streams import is_terminal
from llmchat.errors import NothingFound, StorageError
from llmchat.failover import Around
from llmchat.language import msg
from llmchat.values.events import Event, Image, Notice
from llmchat.values.messages import Request

if TYPE_CHECKING:
    from llmchat.app.run.context import Context
    from llmchat.failover import Answerer
    from llmchat.values.turn import Turn

FOLDER = "pictures"  # beside the history
LONGEST_NAME = 48
SUFFIXES = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "image/svg+xml": ".svg",
    "model/vnd.fbx": ".fbx",
    "model/gltf-binary": ".glb",
    "video/mp4": ".mp4",
    "audio/mpeg": ".mp3",
    "audio/ogg": ".ogg",
    "audio/wav": ".wav",
}


class Album:
    """Saves pictures to the folder beside the history, or to `target`, the file named with -O."""

    def __init__(self, folder: Path, *, now: float, target: Path | None = None) -> None:
        self._folder = folder
        self._now = now
        self._target = target
        self._saved = 0

    def keep(self, image: Image, question: str) -> Image:
        """Saves a picture and returns it with its path."""
        if self._target is None:
            return replace(image, path=str(self._in_folder(image, question)))
        from llmchat.store.atomic import write_plain  # only for -O

        self._saved += 1
        path = numbered(self._target, self._saved)
        try:
            write_plain(path, [image.content])
        except OSError as error:
            place = self._in_folder(image, question)  # so that no picture is lost
            raise _not_saved(
                path, error, hint=msg("it was saved as {place} instead", place=place)
            ) from error
        return replace(image, path=str(path))

    def _in_folder(self, image: Image, question: str) -> Path:
        day = strftime("%Y-%m-%d", localtime(self._now))
        suffix = SUFFIXES.get(image.media_type, ".bin")
        path = self._folder / f"{day} {readable_name(question)}{suffix}".replace(" ", "-")
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            return _put(path, image.content)
        except OSError as error:
            hint = msg("choose another file with -O, or free some disk space")
            raise _not_saved(path, error, hint=hint) from error


def _not_saved(path: Path, error: OSError, *, hint: str) -> StorageError:
    why = error.strerror
    problem = msg("cannot save the picture as {path}: {strerror}", path=path, strerror=why)
    return StorageError(problem, hint=hint)


class Saving(Around):
    """An answerer that saves pictures before passing them on. With `tells`, their paths are shown
    in the middle of the answer, for a session, which can print between rows."""

    def __init__(
        self, context: Context, answerer: Answerer, *, target: Path | None = None, tells: bool
    ) -> None:
        self._context = context
        self.answerer, self.id = answerer, answerer.id
        self._target = target
        self._tells = tells

    async def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        album: Album | None = None
        async with aclosing(self.answerer.stream(request)) as events:
            async for event in events:
                if isinstance(event, Image):
                    album = album or self._open_album()
                    event = album.keep(event, _last_question(request))
                    if self._tells:
                        yield Notice(msg("saved as {path}", path=event.path))
                yield event

    def _open_album(self) -> Album:
        now = self._context.world.clock.now()
        return Album(self._context.paths.data / FOLDER, now=now, target=self._target)


def _last_question(request: Request) -> str:
    return next((m.text for m in reversed(request.messages) if m.role == "user"), "")


def tell_places(context: Context, turn: Turn, target: Path | None) -> None:
    """Prints the paths below the answer, if stdout does not have them."""
    if target is not None or is_terminal(context.world.stdout):
        for image in turn.images:
            context.report.notice(msg("saved as {path}", path=image.path))


def is_picture_name(name: str) -> bool:
    """Whether `-O NAME` names a picture file."""
    suffix = Path(name).suffix.lower()
    return suffix in (".jpeg", *SUFFIXES.values())


def require_picture(turn: Turn, target: Path | None) -> NothingFound | None:
    """The error if the answer contains no picture to write."""
    if target is None or turn.images:
        return None
    return NothingFound(
        msg("{target} not written: the answer has no picture", target=target),
        hint=msg("ask for a picture explicitly, or add -o function_call auto"),
    )


def readable_name(question: str) -> str:
    """The first words of a question as a file name that is valid everywhere."""
    kept = "".join(c if c.isalnum() else " " for c in question[: 4 * LONGEST_NAME].lower())
    name = ""
    for word in kept.split():
        longer = f"{name}-{word}" if name else word
        if len(longer) > LONGEST_NAME:
            break
        name = longer
    return name or "".join(kept.split())[:LONGEST_NAME] or "picture"


def numbered(path: Path, number: int) -> Path:
    """The path with a number: `cat.jpg`, `cat-2.jpg`, `cat-3.jpg`."""
    return path if number == 1 else path.with_stem(f"{path.stem}-{number}")


def _put(path: Path, content: bytes) -> Path:
    """Writes a new private file, never replacing another."""
    number = 0
    while True:
        number += 1
        place = numbered(path, number)
        try:
            descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            continue
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
        except OSError:
            place.unlink(missing_ok=True)  # do not leave half of it
            raise
        return place
