"""The project's instructions: finds them, reads them within limits, and sends them only with the
person's consent.

Why: docs/decisions/0136-instructions-need-a-yes.md.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from llmchat.app.ask.input.question import INSTRUCTION_FILES, project_folders
from llmchat.app.terminal.consent import Consent, consent_of
from llmchat.errors import LlmchatError
from llmchat.inputs.text import decode
from llmchat.inputs.tokens import shown_size
from llmchat.language import msg
from llmchat.providers import access_of
from llmchat.render.clean import clean_line, hides
from llmchat.settings.keys import PROJECT_TEXT
from llmchat.settings.sources import PROJECT_FILE, read_project_document
from llmchat.store.state.allowed import Allowed, GivenConsent
from llmchat.system.opening import is_file, read_regular
from llmchat.values.messages import Instructions

if TYPE_CHECKING:
    from llmchat.app.run.context import Context

MOST = 64 * 1024  # bytes of all of them; what they say is sent with every question


@dataclass(frozen=True, slots=True)
class InstructionFile:
    """`name` is shown to the person, `path` is the resolved path, and `problem` says why the file
    is not read. With a `problem`, `path` is where the file was found, because the target of a link
    may have its own consent."""

    name: str
    path: str
    text: str = ""
    problem: str = ""

    @property
    def size(self) -> int:
        return len(self.text.encode("utf-8", "surrogatepass"))

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.text.encode("utf-8", "surrogatepass")).hexdigest()


async def load_instructions(
    context: Context,
    providers: Sequence[str],
    *,
    consent: Consent | None = None,
    tries: bool = False,
) -> Instructions:
    """The instructions that may be sent to all `providers`. With `tries` nobody is asked, files
    without consent are reported, and nothing is remembered."""
    consent = None if tries else consent or consent_of(context)
    files = find_instructions(context)
    allowed = Allowed(context.paths.instructions, context.report.warning)
    if not tries:
        _tell_refused(context, files, allowed)
    files = [file for file in files if file.text.strip()]
    if context.settings.text("instructions") != "on":
        files = await _agreed(context, files, allowed, consent, tries=tries)
    files = await _agreed_by_keyless(context, files, providers, allowed, consent)
    return Instructions(
        "\n\n".join(f"Instructions from {file.name}:\n\n{file.text.strip()}" for file in files),
        tuple(file.name for file in files),
    )


async def try_instructions(context: Context, providers: Sequence[str]) -> Instructions:
    """The instructions for a request that is only shown; also reports which ones would need
    consent."""
    found = await load_instructions(context, providers, tries=True)
    if found.names:
        names = clean_line(", ".join(found.names))
        context.report.notice(msg("with the instructions in {names}", names=names))
    return found


def find_instructions(context: Context) -> list[InstructionFile]:
    """The project's instruction files, from the repository's root to the current folder, within one
    limit."""
    folders = project_folders(context.world.cwd)
    root = os.path.realpath(folders[-1])
    left = MOST
    found: list[InstructionFile] = []
    for folder in reversed(folders):
        for file in _in_folder(context, Path(folder), root, left):
            left -= file.size
            found.append(file)
    return found


def _in_folder(context: Context, folder: Path, root: str, left: int) -> Iterator[InstructionFile]:
    for name in INSTRUCTION_FILES:
        path = folder / name
        if os.path.lexists(path):
            file = _read(context, path, root, left)
            left -= file.size
            yield file
    if is_file(folder / PROJECT_FILE):  # opening a pipe would block
        yield from _of_settings(context, folder / PROJECT_FILE, root, left)


def _read(context: Context, path: Path, root: str, left: int) -> InstructionFile:
    true, name = os.path.realpath(path), _shown(path, context.world.cwd)
    try:
        problem = _unfit(context, path, true, root)
        if not problem:
            return InstructionFile(name, true, decode(_content(true, left), name).text)
    except OSError as error:
        problem = error.strerror or msg("cannot be read")
    except LlmchatError:
        problem = msg("not a text")
    return InstructionFile(name, _found(path), problem=problem)


def _found(path: Path) -> str:
    """The path where it was found, with only its folder resolved."""
    return str(Path(os.path.realpath(path.parent), path.name))


def _unfit(context: Context, path: Path, true: str, root: str) -> str:
    """Whoever made a link may not have the file that it leads to: an .env is not in the clone."""
    if not Path(true).is_relative_to(root):
        return msg("a link that leads outside the repository")
    if path.is_symlink() and Path(true).suffix.lower() != ".md":
        return msg("a link to a file that is not Markdown")
    return msg("one of llmchat's own files") if context.is_secret(Path(true)) else ""


def _content(true: str, left: int) -> bytes:
    """Reads a file's content. Does not open a pipe, and does not follow a link that has since
    replaced the file."""
    content = read_regular(true, left + 1, follow=False)
    if len(content) > left:
        raise OSError(
            0,
            msg(
                "too large; the limit for all instructions together is {size}",
                size=shown_size(MOST),
            ),
        )
    return content


def _of_settings(context: Context, path: Path, root: str, left: int) -> Iterator[InstructionFile]:
    """The instructions in a project's settings, which were read and checked before."""
    true, name = os.path.realpath(path), f"{_shown(path, context.world.cwd)} ({PROJECT_TEXT})"
    try:
        document = read_project_document(path)
    except LlmchatError:
        return
    value = document.table.get(PROJECT_TEXT) if document else None
    if value is None:
        return
    problem = ""
    if not Path(true).is_relative_to(root):
        problem = msg("a link that leads outside the repository")
    elif not isinstance(value, str):
        problem = msg("not a text")
    elif len(value.encode("utf-8", "surrogatepass")) > left:
        problem = msg("too large")
    key = f"{_found(path) if problem else true}#{PROJECT_TEXT}"
    yield InstructionFile(name, key, "" if problem else value, problem)


def _tell_refused(context: Context, files: Sequence[InstructionFile], allowed: Allowed) -> None:
    """Warns about files that are not sent, once per problem."""
    for file in files:
        if file.problem and allowed.find(file.path).problem != file.problem:
            name = clean_line(file.name)
            context.report.warning(
                msg("{name} is not sent: {problem}", name=name, problem=file.problem)
            )
            allowed.remember({file.path: GivenConsent(problem=file.problem)})


async def _agreed(
    context: Context,
    files: Sequence[InstructionFile],
    allowed: Allowed,
    consent: Consent | None,
    *,
    tries: bool,
) -> list[InstructionFile]:
    """The files that the person agreed to with their present content; asks about new and changed
    ones."""
    new = [file for file in files if allowed.find(file.path).digest != file.digest]
    if new and consent:
        size = shown_size(sum(file.size for file in new))
        if any(hides(file.text) for file in new):
            size = msg("{size}, with invisible characters", size=size)
        question = msg(
            "Send the instructions in {names} ({size}) along with your questions?",
            names=_names(new),
            size=size,
        )
        agreed = await consent(question)
        allowed.remember({file.path: GivenConsent(file.digest, agreed) for file in new})
    elif new and tries:
        context.report.notice(msg("without {names}: nobody has allowed it yet", names=_names(new)))
    verdicts = [(file, allowed.find(file.path)) for file in files]
    return [file for file, said in verdicts if said.allowed and said.digest == file.digest]


async def _agreed_by_keyless(
    context: Context,
    files: list[InstructionFile],
    providers: Sequence[str],
    allowed: Allowed,
    consent: Consent | None,
) -> list[InstructionFile]:
    """The files that the person agreed to send to every keyless provider in `providers`, so that
    each of them would get the same."""
    for name in (name for name in providers if access_of(name) == "keyless"):
        said = {file.path: allowed.find(file.path) for file in files}
        new = [f for f in files if not said[f.path].is_about(f.digest, name)]
        if new and consent:
            agreed = await consent(
                msg(
                    "{name} is a third-party website. Send the instructions in {names} there?",
                    name=name,
                    names=_names(new),
                )
            )
            allowed.remember(
                {f.path: said[f.path].with_service(f.digest, name, agreed) for f in new}
            )
        kept = [f for f in files if allowed.find(f.path).allows(f.digest, name)]
        if len(kept) < len(files) and not consent:
            context.report.notice(
                msg("the project's instructions are not sent to {name}", name=name)
            )
        files = kept
    return files


def _names(files: Sequence[InstructionFile]) -> str:
    return clean_line(", ".join(file.name for file in files))


def _shown(path: Path, cwd: Path) -> str:
    return os.path.relpath(path, cwd)
