"""Commands that move in the tree of a conversation: nothing is overwritten."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmchat.errors import NothingFound, UsageError
from llmchat.repl.commands.command import SlashCommand
from llmchat.repl.commands.tree_view import draw_tree
from llmchat.repl.turns import answer

if TYPE_CHECKING:
    from llmchat.repl.session import Session


async def new(session: Session, rest: str) -> None:
    session.begin_new()
    session.output.hint("a new conversation")


async def retry(session: Session, rest: str) -> None:
    await answer(session, session.conversation.retry())


async def continue_(session: Session, rest: str) -> None:
    await answer(session, session.conversation.continue_())


async def edit(session: Session, rest: str) -> None:
    if rest:
        await answer(session, session.conversation.edit(rest))
        return
    question = session.current.last_question()
    if not question:
        raise UsageError("nothing has been asked yet", hint="type a question")
    session.edit_next(question)


async def undo(session: Session, rest: str) -> None:
    question = ""
    for _ in range(_count(rest)):
        question = session.conversation.undo()
    session.output.hint(f"back to before: {session.one_line(question)}")
    session.output.hint("/redo goes forward again")


async def redo(session: Session, rest: str) -> None:
    for _ in range(_count(rest)):
        session.conversation.redo()
    session.output.hint(f"forward to: {session.one_line(session.current.last_question())}")


async def fork(session: Session, rest: str) -> None:
    if not session.conversation.branch:
        raise UsageError("there is nothing to fork yet", hint="ask something first")
    before = session.conversation.id
    session.conversation.fork()
    session.entered()
    session.output.hint(
        f"a copy: {session.conversation.id}; the one before stays as it is ({before})"
    )


async def tree(session: Session, rest: str) -> None:
    history, row = session.current.kept()
    messages = history.messages(row)
    if rest:
        number = int(rest) if rest.isdecimal() else 0
        if not 1 <= number <= len(messages):
            raise NothingFound(f"there is no message {rest}", hint="/tree shows their numbers")
        row = history.set_leaf(messages[number - 1].id)
        session.conversation.show_branch(history.branch(row))
        session.output.hint(
            f"on the branch of {number}: {session.one_line(session.current.last_question())}"
        )
        return
    active = {message.id for message in history.branch(row)}
    session.output.say(draw_tree(messages, active, columns=session.terminal.columns))
    if any(m.id not in active for m in messages):
        session.output.hint("* is the active branch; /tree N goes to another")


def _count(rest: str) -> int:
    if rest and not (rest.isdecimal() and 1 <= int(rest) <= 1000):
        raise UsageError(f"{rest} is no number of questions", hint="/undo 2")
    return int(rest or 1)


COMMANDS = (
    SlashCommand("new", "", "begins another conversation", new),
    SlashCommand(
        "retry", "", "asks the last question once more, beside its answer", retry, None, ("r",)
    ),
    SlashCommand(
        "edit", "[TEXT]", "asks something else instead of the last question", edit, None, ("e",)
    ),
    SlashCommand("continue", "", "lets a stopped or cut answer go on", continue_, None, ("c",)),
    SlashCommand("undo", "[N]", "steps back before the last question", undo),
    SlashCommand("redo", "[N]", "steps forward again", redo),
    SlashCommand("fork", "", "goes on in a copy; this conversation stays as it is", fork),
    SlashCommand("tree", "[N]", "shows all branches; N goes to one of them", tree),
)
