"""Commands for files, pictures, the clipboard, and saving answers.

Why: docs/decisions/0173-image-asks-for-a-picture.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from llmchat.app.ask.candidates import needs_choice
from llmchat.errors import EmptyPrompt, NothingFound, UsageError
from llmchat.language import msg, msg_n, some
from llmchat.providers import access_of
from llmchat.repl.answering.turns import send
from llmchat.repl.commands.command import SlashCommand
from llmchat.repl.input.completion_item import CompletionItem
from llmchat.repl.input.paths import split_words
from llmchat.system.opening import is_file, is_folder, is_there

if TYPE_CHECKING:
    from pathlib import Path

    from llmchat.repl.session import Session

DRAW = {"functions": [{"name": "text2image"}], "function_call": {"name": "text2image"}}


async def file(session: Session, rest: str) -> None:
    if not rest:
        _list_pending(session)
        return
    if rest in ("none", "clear"):
        session.pending.take()
    else:
        for name in split_words(rest):
            for line in await session.pending.add(name, provider=session.current.provider):
                session.output.hint(line)
    _list_pending(session)


def _list_pending(session: Session) -> None:
    pending = session.pending
    names = [*(s.name for s in pending.sources), *(a.name for a in pending.attachments)]
    if not names:
        session.output.hint(msg("no attachments for the next message; add one with /file PATH"))
        return
    shown = some(names, most=5)
    session.output.hint(
        msg("attached to the next message: {shown} (to remove: /file none)", shown=shown)
    )


async def image(session: Session, rest: str) -> None:
    """Asks a question whose answer is to be a picture; or attaches a picture file."""
    if not rest:
        raise EmptyPrompt(msg("nothing to draw given"), hint=msg("/image a cat in a hat"))
    if is_file(session.pending.path(_unquoted(rest))):
        await file(session, rest)
        return
    if needs_choice(session.current.context):
        await session.let_choose()
    conversation, name = session.conversation, session.conversation.provider.id
    if access_of(name) in ("keyless", "offline"):
        raise UsageError(
            msg("{name} does not draw pictures", name=name), hint=msg("/provider gigachat")
        )
    before = conversation.options
    if name == "gigachat":  # other services that draw are asked in words only
        conversation.options = {**before, **DRAW}
    try:
        await send(session, rest)
    finally:
        conversation.options = before


def complete_file(session: Session, typed: str) -> Iterable[CompletionItem]:
    word = typed.rpartition(" ")[2]
    return session.pending.complete(word)


async def paste(session: Session, rest: str) -> None:
    """Pastes the clipboard into the line, so that it can be read before it is sent."""
    text = await session.clipboard.paste()
    if not text.strip():
        raise NothingFound(msg("the clipboard contains no text"), hint=msg("copy something first"))
    session.type_next(session.pastes.fold(text.rstrip("\n")))


async def copy(session: Session, rest: str) -> None:
    text = _wanted(session, rest)
    how = await session.clipboard.copy(text)
    lines = text.count("\n") + (not text.endswith("\n"))
    what = msg("code block {rest}", rest=rest) if rest else msg("the answer")
    session.output.hint(
        msg_n(
            "copied {what}: {n:,} line ({how})",
            "copied {what}: {n:,} lines ({how})",
            lines,
            what=what,
            how=how,
        )
    )


async def save(session: Session, rest: str) -> None:
    number, _, name = rest.partition(" ")
    if not (number.isdecimal() and name.strip()):
        number, name = "", rest
    if not name.strip():
        raise UsageError(
            msg("no file given"), hint=msg("/save FILE, or /save 1 FILE for a code block")
        )
    text = _wanted(session, number)
    path = session.pending.path(_unquoted(name))
    if is_folder(path):
        raise UsageError(msg("{path} is a folder", path=path), hint=msg("give a file name in it"))
    from llmchat.store.atomic import write_result  # only here

    whole = text if text.endswith("\n") else text + "\n"
    await _write(session, path, lambda: write_result(path, whole))


async def export(session: Session, rest: str) -> None:
    """Writes the active branch as Markdown or HTML, or all branches as JSON or JSONL, by the
    suffix."""
    from llmchat.app.history.export import choose_form, write_export  # json and more: 5 ms

    history, row = session.current.kept()
    path = session.pending.path(_unquoted(rest) or f"llmchat-{row.id}.md")
    if is_folder(path):
        path = path / f"llmchat-{row.id}.md"
    form = choose_form(None, path.name)

    def write() -> None:
        with session.context.report.work(msg("exporting to {name}", name=path.name)) as work:
            work.expect(1)
            write_export(history, work.track([row]), path, form=form)

    await _write(session, path, write)


async def raw(session: Session, rest: str) -> None:
    """Prints the last answer exactly as the model wrote it, or switches that on or off for the next
    ones."""
    if rest.lower() in ("on", "off"):
        session.shows_raw = rest.lower() == "on"
        session.output.hint(
            msg(
                "Answers are shown {value}",
                value=msg("as plain text") if session.shows_raw else msg("rendered"),
            )
        )
        return
    session.output.say(session.current.last_answer().rstrip("\n"))


def _wanted(session: Session, number: str) -> str:
    if not number:
        return session.current.last_answer()
    from llmchat.app.history.code_blocks import choose_block  # re, dataclasses: 15 ms

    if not number.lstrip("-").isdecimal():
        raise UsageError(
            msg("{number} is not the number of a code block", number=number), hint=msg("/copy 1")
        )
    answer = session.current.last_answer(which=lambda text: "```" in text or "~~~" in text)
    return choose_block(answer, int(number), hint=msg("/copy copies the whole answer")).text


def complete_save(session: Session, typed: str) -> Iterable[CompletionItem]:
    number, space, rest = typed.partition(" ")
    word = rest if space and number.isdecimal() else typed
    return session.pending.complete(word)


async def _write(session: Session, path: Path, write: Callable[[], None]) -> None:
    name = session.pending.shown(path)
    there = is_there(path)
    if there and not await session.consents(msg("{name} already exists. Overwrite it?", name=name)):
        session.output.hint(msg("Nothing written."))
        return
    write()
    session.output.hint(msg("Saved to {name}", name=name))


def _unquoted(name: str) -> str:
    name = name.strip()
    return name[1:-1] if len(name) > 1 and name[0] == name[-1] and name[0] in "\"'" else name


COMMANDS = (
    SlashCommand("file", "PATH ...", "Attach files, folders or pages", file, complete_file, ("f",)),
    SlashCommand("image", "WORDS|PATH", "Ask for a picture, or attach one", image, complete_file),
    SlashCommand("paste", "", "Insert the clipboard's text into the line", paste),
    SlashCommand("copy", "[N]", "Copy the answer, or its N-th code block", copy),
    SlashCommand(
        "save", "[N] FILE", "Save the answer or a code block to a file", save, complete_save
    ),
    SlashCommand("raw", "[on|off]", "Show the last answer as plain text", raw),
    SlashCommand(
        "export", "[FILE]", "Export the conversation: .md .html .json", export, complete_save
    ),
)
