"""Commands that move in the tree of a conversation; nothing is overwritten."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmchat.errors import NothingFound, UsageError
from llmchat.language import msg
from llmchat.repl.answering.compaction import compactor
from llmchat.repl.answering.turns import ask_in_place
from llmchat.repl.commands.command import SlashCommand
from llmchat.repl.commands.views.tree_view import draw_tree

if TYPE_CHECKING:
    from llmchat.repl.session import Session

MOST_TURNS = 1_000_000


async def new(session: Session, rest: str) -> None:
    session.begin_new()
    session.output.hint(msg("a new conversation"))


async def retry(session: Session, rest: str) -> None:
    await ask_in_place(session, session.conversation.retry)


async def continue_(session: Session, rest: str) -> None:
    await ask_in_place(session, session.conversation.continue_)


async def edit(session: Session, rest: str) -> None:
    if rest:
        await ask_in_place(session, lambda: session.conversation.edit(rest), rest)
        return
    question = session.current.last_question()
    if not question:
        raise UsageError(msg("no question has been asked yet"), hint=msg("type a question"))
    session.edit_next(question)


async def undo(session: Session, rest: str) -> None:
    question = ""
    for _ in range(_count(rest)):
        question = session.conversation.undo()
    what = session.one_line(question) or msg("the summary; earlier turns are sent again")
    session.output.hint(msg("Undone: {what}", what=what))
    session.output.hint(msg("to reverse it: /redo"))


async def redo(session: Session, rest: str) -> None:
    for _ in range(_count(rest)):
        session.conversation.redo()
    what = session.one_line(session.current.last_question())
    if session.conversation.branch[-1].role == "summary":
        what = msg("the summary; earlier turns are no longer sent")
    session.output.hint(msg("Redone: {one_line}", one_line=what))


async def fork(session: Session, rest: str) -> None:
    if not session.conversation.branch:
        raise UsageError(msg("nothing to fork yet"), hint=msg("ask something first"))
    before = session.conversation.id
    session.conversation.fork()
    session.entered()
    session.output.hint(
        msg(
            "Forked to {id}; the original is unchanged ({before})",
            id=session.conversation.id,
            before=before,
        )
    )


async def tree(session: Session, rest: str) -> None:
    history, row = session.current.kept()
    messages = history.messages(row)
    if rest:
        number = int(rest) if rest.isdecimal() else 0
        if not 1 <= number <= len(messages):
            raise NothingFound(
                msg("there is no message {rest}", rest=rest), hint=msg("/tree shows the numbers")
            )
        row = history.set_leaf(messages[number - 1].id)
        session.conversation.show_branch(history.branch(row))
        question = session.one_line(session.current.last_question())
        session.output.hint(
            msg("Switched to the branch of {number}: {question}", number=number, question=question)
        )
        return
    active = {message.id for message in history.branch(row)}
    session.output.say(draw_tree(messages, active, columns=session.terminal.columns))
    if any(m.id not in active for m in messages):
        session.output.hint(msg("* marks the active branch; /tree N switches to another"))


async def compact(session: Session, rest: str) -> None:
    """Replaces earlier turns with a summary, or with `--last N` only leaves them out."""
    words = rest.replace("--last=", "--last ", 1).split()
    last = None
    if words and words[0].startswith("--"):
        if words[0] != "--last" or len(words) != 2 or not words[1].isdecimal():
            raise UsageError(msg("--last needs a number of turns"), hint=msg("/compact --last 4"))
        last = min(int(words[1]), MOST_TURNS)
    await session.let_choose()
    room = compactor(session)
    wish = "" if last is not None else rest
    if error := await session.show(room.compact(wish=wish, last=last)):
        raise error
    if not room.done:
        session.output.hint(msg("Stopped. The conversation is as it was."))


def _count(rest: str) -> int:
    if rest and not (rest.isdecimal() and 1 <= int(rest) <= 1000):
        raise UsageError(msg("{rest} is not a number of questions", rest=rest), hint=msg("/undo 2"))
    return int(rest or 1)


COMMANDS = (
    SlashCommand("new", "", "Start a new conversation", new),
    SlashCommand("retry", "", "Regenerate the answer (keeps the old one)", retry, None, ("r",)),
    SlashCommand(
        "edit", "[TEXT]", "Replace the last question (keeps the old one)", edit, None, ("e",)
    ),
    SlashCommand("continue", "", "Continue an interrupted answer", continue_, None, ("c",)),
    SlashCommand("undo", "[N]", "Go back to before the last question", undo),
    SlashCommand("redo", "[N]", "Reverse /undo", redo),
    SlashCommand("fork", "", "Continue in a copy of this conversation", fork),
    SlashCommand(
        "compact",
        "[WORDS | --last N]",
        "Summarize earlier turns, or send only the last N",
        compact,
    ),
    SlashCommand("tree", "[N]", "Show all branches, or switch to the one with message N", tree),
)
