"""The attachments of the next message: files named by /file or @path, pages, pictures."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from llmchat.errors import UsageError
from llmchat.inputs.mentions import mentions_in
from llmchat.inputs.prompt import (
    Fetch,
    Prompt,
    PromptSource,
    check_open,
    is_open,
    is_url,
    read_prompt,
    with_pages,
)
from llmchat.inputs.tokens import shown_size
from llmchat.language import msg, some
from llmchat.repl.input.completion_item import CompletionItem
from llmchat.repl.input.paths import complete_path, find_deeper
from llmchat.system.opening import open_regular
from llmchat.values.messages import Attachment

MOST_LOOKED_FOR = 100  # @names in a pasted text that are checked
MOST_TOLD = 3
PUNCTUATION = ".,;:!?)]}"  # of the sentence around a path

NETWORKS = ("//", "\\\\")  # checking whether such a path exists would contact another machine


@dataclass(frozen=True, slots=True)
class TakenAttachments:
    sources: tuple[PromptSource, ...]
    attachments: tuple[Attachment, ...]


class PendingAttachments:
    """The attachments of the next message. Files are read when they are named, so that later
    changes are not sent."""

    def __init__(
        self,
        *,
        cwd: Path,
        home: Path | None,
        limit: int,
        fetch: Fetch,
        is_secret: Callable[[Path], bool] = is_open,
    ) -> None:
        self._cwd = cwd
        self._home = home
        self._limit = limit
        self._fetch = fetch
        self._is_secret = is_secret  # whether a file is one of llmchat's that contain keys
        self.sources: tuple[PromptSource, ...] = ()
        self.attachments: tuple[Attachment, ...] = ()

    def __len__(self) -> int:
        return len(self.sources) + len(self.attachments)

    def take(self) -> TakenAttachments:
        """Returns the attachments for this message, and clears them for the next one."""
        taken = TakenAttachments(self.sources, self.attachments)
        self.sources, self.attachments = (), ()
        return taken

    def put_back(self, taken: TakenAttachments) -> None:
        self.sources, self.attachments = taken.sources, taken.attachments

    async def add(self, name: str, *, provider: str) -> list[str]:
        """Attaches a file, folder or page; returns the notices to print."""
        path = self.path(name)
        try:
            prompt = await self._read([self._label(name)])
        except UsageError as error:
            if not _is_file(path):
                raise
            return [self._attach(path, provider, error)]
        self.sources += prompt.sources
        lines = [
            msg("{name}: {size}", name=s.name, size=shown_size(len((s.text or "").encode())))
            for s in prompt.sources
        ]
        return [*prompt.notices, *(lines if len(lines) < 4 else ())]  # the notice has their number

    async def message(self, text: str, named: Sequence[str]) -> tuple[str, tuple[str, ...]]:
        """The message's whole text with its attachments and the files `named` in it, and the
        notices to print."""
        prompt = await self._read(named) if named else Prompt()
        sources = (*self.sources, *prompt.sources)
        if not sources:
            return text, prompt.notices
        return Prompt(instruction=text, sources=sources).text, prompt.notices

    def complete(self, typed: str) -> Iterable[CompletionItem]:
        """Paths that begin with the typed text; if there are none, files in deeper folders with a
        matching name."""
        found = list(complete_path(typed, cwd=self._cwd, home=self._home))
        return found or find_deeper(typed, cwd=self._cwd)

    def named(self, typed: str) -> list[str]:
        """The @paths in what the person typed that exist; any other word after @ is taken for
        somebody's name."""
        found = self._there(mentions_in(typed))
        return [name for name in dict.fromkeys(found) if name not in self._names()]

    def left_out(self, text: str, typed: str) -> str:
        """The notice about @paths in pasted text, which are not read; "" if there are none."""
        own = mentions_in(typed)
        others = (mention for mention in mentions_in(text) if mention not in own)
        looked_for = islice((m for m in others if m[1:3] not in NETWORKS), MOST_LOOKED_FOR)
        found = list(dict.fromkeys(self._there(looked_for)))
        if not found:
            return ""
        names = some([f"@{name}" for name in found], most=MOST_TOLD)
        return msg(
            "not attached, because you did not type it: {names}; type it, or use /file", names=names
        )

    def _there(self, mentions: Iterable[str]) -> Iterator[str]:
        for mention in mentions:
            name = mention[1:].strip('"')
            for candidate in (name, name.rstrip(PUNCTUATION)):
                if is_url(candidate) or (candidate and self._exists(candidate)):
                    yield self._label(candidate)
                    break

    def _exists(self, name: str) -> bool:
        try:
            return self.path(name).exists()
        except (OSError, ValueError):  # a name that no file can have
            return False

    def path(self, name: str) -> Path:
        if self._home and (name == "~" or name.startswith("~/")):
            return self._home / name[2:]
        return self._cwd / name

    def shown(self, path: Path) -> str:
        """The path relative to the current folder if it is inside it, else the whole path."""
        return str(path.relative_to(self._cwd)) if path.is_relative_to(self._cwd) else str(path)

    def _label(self, name: str) -> str:
        """The name as it was typed, so that the full path is not sent."""
        return str(self.path(name)) if name.startswith("~") else name

    def _names(self) -> set[str]:
        return {source.name for source in self.sources}

    async def _read(self, names: Sequence[str]) -> Prompt:
        prompt = read_prompt(
            [],
            stdin=None,
            cwd=self._cwd,
            files=names,
            limit=self._limit,
            use_stdin=False,
            is_secret=self._is_secret,
        )
        return await with_pages(prompt, self._fetch, limit=self._limit) if prompt.urls else prompt

    def attach(self, name: str, content: bytes, provider: str) -> str:
        """Attaches content that does not come from a file; returns the notice to print."""
        from llmchat.inputs.attachments import checked  # as below

        self.attachments += checked([(name, content)], provider=provider)
        return _told(name, self.attachments[-1])

    def _attach(self, path: Path, provider: str, error: UsageError) -> str:
        from llmchat.inputs.attachments import media_type, read_attachments  # for pictures only

        check_open(path, path.name, self._is_secret)
        with open_regular(path) as file:
            if not media_type(path.name, file.read(64)):
                raise error
        found = read_attachments(
            [str(path)], provider=provider, cwd=self._cwd, is_secret=self._is_secret
        )
        self.attachments += found
        return _told(path.name, found[0])


def _told(name: str, attached: Attachment) -> str:
    return msg(
        "{name}: {type}, {size}",
        name=name,
        type=attached.media_type,
        size=shown_size(len(attached.content)),
    )


def _is_file(path: Path) -> bool:
    return os.path.isfile(path)  # noqa: PTH113  # of a name that is too long pathlib raises
