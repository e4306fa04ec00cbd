"""Reads the text files of a folder, without ignored, private and binary ones, and reports what it
left out."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from llmchat.errors import TooLong, UsageError
from llmchat.inputs.ignore import PRIVATE_FOLDERS, IgnoreRule, is_ignored, is_private, rules_of
from llmchat.inputs.text import decode
from llmchat.inputs.tokens import shown_size
from llmchat.language import joined, msg, msg_n
from llmchat.system.opening import is_there, open_regular

MOST_ENTRIES = 100_000  # more means a home folder by mistake, not a project
SMALLER_HINT = msg("choose a smaller folder or single files")


@dataclass(frozen=True, slots=True)
class FolderTexts:
    """The texts that were read; names begin with the folder's own, as it was typed."""

    texts: tuple[tuple[str, str], ...]
    report: str


@dataclass(slots=True)
class Walk:
    """A walk through a folder; files that are left out are counted by reason."""

    root: Path  # of the project, which paths in .gitignore are relative to
    most: int = MOST_ENTRIES
    left_out: Counter[str] = field(default_factory=Counter)
    seen: int = 0

    def files(self, folder: Path, rules: tuple[IgnoreRule, ...]) -> Iterator[Path]:
        base = self._inside(folder)
        rules = rules + rules_of(folder, base)
        folders: list[Path] = []
        for entry in self._entries(folder):
            kind = self._kind(entry, base / entry.name, rules)
            if kind == "folder":
                folders.append(Path(entry.path))
            elif kind == "file":
                yield Path(entry.path)
            else:
                self.left_out[kind] += 1
        for inner in folders:
            yield from self.files(inner, rules)

    def _kind(
        self, entry: os.DirEntry[str], path: PurePosixPath, rules: tuple[IgnoreRule, ...]
    ) -> str:
        is_folder = entry.is_dir(follow_symlinks=False)
        if is_ignored(path, rules, is_folder=is_folder):
            return msg("ignored")
        if is_folder and entry.name in PRIVATE_FOLDERS:
            return msg("private")
        if is_folder:
            return msg("ignored") if is_there(Path(entry.path) / "pyvenv.cfg") else "folder"
        if entry.is_symlink():
            return msg("links")
        if not entry.is_file(follow_symlinks=False):
            return msg("special")
        return msg("private") if is_private(entry.name) else "file"

    def _entries(self, folder: Path) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(folder) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except OSError:
            self.left_out[msg("unreadable")] += 1
            return []
        self.seen += len(entries)
        if self.seen > self.most:
            raise TooLong(
                msg("{folder} contains more than {most:,} files", folder=folder, most=self.most),
                hint=SMALLER_HINT,
            )
        return entries

    def _inside(self, folder: Path) -> PurePosixPath:
        return PurePosixPath(folder.relative_to(self.root).as_posix())


def files_below(folder: Path) -> Iterator[Path]:
    """Every file that `read_folder` would consider; raises TooLong for too many."""
    folder = folder.resolve()
    root, rules = _project(folder)
    return Walk(root, MOST_ENTRIES).files(folder, rules)


def read_folder(
    folder: Path,
    name: str,
    *,
    limit: int,
    most: int = MOST_ENTRIES,
    is_secret: Callable[[Path], bool] = lambda _: False,
) -> FolderTexts:
    """Every text below the folder, sorted by name; raises TooLong beyond `limit` bytes."""
    folder = folder.resolve()
    root, rules = _project(folder)
    walk = Walk(root, most)
    texts: list[tuple[str, str]] = []
    size = 0
    for path in walk.files(folder, rules):
        if is_secret(path):
            walk.left_out[msg("private")] += 1
            continue
        content = _content(path, walk, limit)
        size += len(content or b"")
        if size > limit:
            problem = msg(
                "{name} exceeds {shown_size} after {counted}",
                name=name,
                shown_size=shown_size(limit),
                counted=_counted(len(texts)),
            )
            raise TooLong(
                problem, hint=msg("{smaller_hint}, or raise --max-input", smaller_hint=SMALLER_HINT)
            )
        text = _text(content, path, walk)
        if text:
            texts.append((_label(name, path.relative_to(folder)), text))
    if not texts:
        raise UsageError(
            msg("no text files in {name}{left_out}", name=name, left_out=_left_out(walk)),
            hint=SMALLER_HINT,
        )
    report = msg(
        "{name}: {counted}, {shown_size}{left_out}",
        name=name,
        counted=_counted(len(texts)),
        shown_size=shown_size(size),
        left_out=_left_out(walk),
    )
    return FolderTexts(tuple(texts), report)


def _counted(files: int) -> str:
    return msg_n("{n} file", "{n} files", files)


def _project(folder: Path) -> tuple[Path, tuple[IgnoreRule, ...]]:
    """The project's root, and the rules in the folders above this one."""
    above = [folder, *folder.parents]
    root = next((f for f in above if is_there(f / ".git")), folder)
    rules: tuple[IgnoreRule, ...] = ()
    for outer in reversed(above[1 : above.index(root) + 1]):
        rules += rules_of(outer, PurePosixPath(outer.relative_to(root).as_posix()))
    return root, rules


def _content(path: Path, walk: Walk, limit: int) -> bytes | None:
    try:
        with open_regular(path, follow=False) as file:
            head = file.read(8192)
            if b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
                walk.left_out[msg("binary")] += 1
                return None
            return head + file.read(limit + 1)
    except OSError:
        walk.left_out[msg("unreadable")] += 1
        return None


def _text(content: bytes | None, path: Path, walk: Walk) -> str:
    if content is None:
        return ""
    try:
        text = decode(content, path.name).text
    except UsageError:
        walk.left_out[msg("binary")] += 1
        return ""
    if not text.strip():
        walk.left_out[msg("empty")] += 1
    return text if text.strip() else ""


def _label(name: str, path: Path) -> str:
    return f"{name.rstrip('/')}/{path.as_posix()}" if name not in (".", "./") else path.as_posix()


def _left_out(walk: Walk) -> str:
    reasons = joined(
        ", ",
        [
            msg("{count:,} {reason}", count=count, reason=reason)
            for reason, count in sorted(walk.left_out.items())
        ],
    )
    return msg(" (left out: {reasons})", reasons=reasons) if reasons else ""
