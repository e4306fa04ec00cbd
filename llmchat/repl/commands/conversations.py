"""Commands for saved conversations: list, search, resume, rename, delete."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from llmchat.app.history.views import conversation_table, hits_table
from llmchat.errors import NothingFound, UsageError
from llmchat.language import msg
from llmchat.repl.commands.command import SlashCommand
from llmchat.repl.commands.views.picker import pick
from llmchat.repl.input.completion_item import CompletionItem

if TYPE_CHECKING:
    from llmchat.repl.session import Session

LISTED = 15
HITS = 10


async def history(session: Session, rest: str) -> None:
    if rest and not rest.isdecimal():
        await search(session, rest)
        return
    rows = session.current.kept_history().recent(limit=int(rest or LISTED))
    if not rows:
        raise NothingFound(msg("there are no conversations yet"), hint=msg("ask something"))
    session.output.table(
        conversation_table(rows, now=_now(session), current=session.conversation.id)
    )
    session.output.hint(msg("to resume one: /resume ID, or /resume to choose"))


async def search(session: Session, rest: str) -> None:
    if not rest:
        raise UsageError(msg("no search words given"), hint=msg("/search WORDS"))
    hits = session.current.kept_history().search(rest, limit=HITS)
    if not hits:
        raise NothingFound(
            msg('no messages match "{rest}"', rest=rest),
            hint=msg("try fewer words or shorter prefixes"),
        )
    session.output.table(hits_table(hits, now=_now(session)))


async def resume(session: Session, rest: str) -> None:
    kept = session.current.kept_history()
    row = kept.find(rest) if rest else await pick(session, kept)
    if row is None:
        return
    session.go_on_with(row)


def complete_conversation(session: Session, typed: str) -> Iterable[CompletionItem]:
    kept = session.history
    if kept is None:
        return
    rows = kept.starting_with(typed.lower()) if typed else kept.recent()
    wanted = typed.lower()
    known = {row.id for row in rows}
    if typed:
        rows += [
            r for r in kept.recent(limit=200) if wanted in r.title.lower() and r.id not in known
        ]
    for row in rows:
        yield CompletionItem(row.id, len(typed), row.title)


async def rename(session: Session, rest: str) -> None:
    if not rest:
        raise UsageError(msg("no title given"), hint=msg("/rename A better title"))
    kept, row = session.current.kept()
    session.current.title = kept.rename(row.id, rest).title
    session.output.hint(msg("Renamed to {title}", title=session.current.title))


async def tag(session: Session, rest: str) -> None:
    kept, row = session.current.kept()
    names = rest.split()
    if names:
        added = [name for name in names if name[0] != "-"]
        gone = [name[1:] for name in names if name[0] == "-"]
        row = kept.tag(row.id, add=added, remove=gone)
    session.output.say(" ".join(f"#{name}" for name in row.tag_list) or msg("No tags."))


def complete_tag(session: Session, typed: str) -> Iterable[CompletionItem]:
    word = typed.split(" ")[-1]
    sign = "-" if word.startswith("-") else ""
    for name in session.history.tags() if session.history else ():
        if name.startswith(word.removeprefix("-").removeprefix("#").casefold()):
            yield CompletionItem(sign + name, len(word), "")


async def delete(session: Session, rest: str) -> None:
    kept = session.current.kept_history()
    row = kept.find(rest) if rest else session.current.kept()[1]
    if not await session.consents(msg("Delete {id} ({title})?", id=row.id, title=row.title)):
        session.output.hint(msg("Not deleted."))
        return
    kept.delete(row.id)
    session.output.hint(msg("Moved to the trash. To undo: llmchat history restore {id}", id=row.id))
    if row.id == session.conversation.id:
        session.begin_new()


def _now(session: Session) -> float:
    return session.context.world.clock.now()


COMMANDS = (
    SlashCommand("history", "[N]", "List the latest conversations", history),
    SlashCommand("search", "WORDS", "Search all conversations", search),
    SlashCommand("resume", "[ID]", "Resume another conversation", resume, complete_conversation),
    SlashCommand("rename", "TITLE", "Rename this conversation", rename),
    SlashCommand(
        "tag",
        "[NAME|-NAME ...]",
        "Show, add or remove tags",
        tag,
        complete_tag,
    ),
    SlashCommand(
        "delete", "[ID]", "Move this conversation to the trash", delete, complete_conversation
    ),
)
