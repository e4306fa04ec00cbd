"""The active branch of a conversation: its messages, moving in the tree, and the part that is sent.

Nothing is overwritten: undo, a fork and a summary only change where the branch ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from llmchat.errors import NothingFound, UsageError
from llmchat.language import msg
from llmchat.store.history.history import History
from llmchat.store.history.naming import new_id
from llmchat.store.history.rows import MessageRow
from llmchat.values.calls import KeptCall
from llmchat.values.messages import Attachment, Message, framed, sent_part
from llmchat.values.roles import SUMMARY

if TYPE_CHECKING:
    from llmchat.values.turn import Turn

NOT_SAVED = msg("this session does not save its history")
SAVE_HINT = msg("start without --no-save")
ASK_FIRST = msg('llmchat ask "your question"')


@dataclass(frozen=True, slots=True)
class BranchMessage:
    """A message of the active branch; `number` is its row, None if it was not saved. An answer with
    `calls` is sent as several messages. `gone` names attached files that changed or were deleted,
    and are not sent again."""

    message: Message
    state: str = "complete"
    number: int | None = None
    calls: tuple[KeptCall, ...] = ()
    keeps: int = 0  # of a summary: how many messages before it are still sent
    gone: tuple[str, ...] = ()

    @property
    def role(self) -> str:
        return self.message.role

    @property
    def says_something(self) -> bool:
        return bool(self.message.text or self.calls)

    @property
    def messages(self) -> Iterable[Message]:
        """The messages that are sent for it."""
        if self.role == SUMMARY:
            text = self.message.text
            return (Message("user", framed(text) if text else ""),)
        if not self.calls:
            return (self.message,)
        from llmchat.values.rounds import unfolded  # only for answers with tool calls

        return unfolded(self.message, self.calls)


class ActiveBranch:
    """The branch in memory and, if there is a history, in its file."""

    def __init__(self, history: History | None) -> None:
        self.history = history
        self.id = new_id()
        self._branch: tuple[BranchMessage, ...] = ()

    @property
    def branch(self) -> tuple[BranchMessage, ...]:
        return self._branch

    @property
    def sent(self) -> Sequence[BranchMessage]:
        """The part of the branch that is sent with the next question."""
        return sent_part(self._branch)

    @property
    def texts(self) -> list[str]:
        """The texts that are sent, including results of tools."""
        return [message.text for entry in self.sent for message in entry.messages]

    @property
    def leaf(self) -> int | None:
        return last_number(self._branch)

    def show_branch(self, rows: Sequence[MessageRow]) -> None:
        """Continues from another branch: after undo, redo, a fork or a choice."""
        calls = self.history.calls(rows) if self.history else {}
        self._branch = tuple(self._message(row, calls.get(row.id, ())) for row in rows)

    def compact(self, text: str, *, keeps: int, turn: Turn | None = None) -> None:
        """From now on sends `text` in place of all but the last `keeps` messages. `turn` records
        how the text was made. The history keeps all messages."""
        self._branch = (*self._branch, self._summary(self._branch, text, keeps=keeps, turn=turn))

    def put_back(self, branch: Sequence[BranchMessage]) -> None:
        """Restores the branch as it was before a failed attempt."""
        self._branch = tuple(branch)

    def undo(self) -> str:
        """Steps back before the last question and returns it for editing; returns "" if a summary
        was undone."""
        place = self._last_of("user", SUMMARY)
        before, question = self._branch[:place], self._branch[place]
        self._branch = before
        if self.history and question.number is not None:
            with suppress(NothingFound):  # another process has deleted it
                self.history.undo(self.history.find(self.id))
        return "" if question.role == SUMMARY else question.message.text

    def redo(self) -> None:
        """Steps forward by one question and its answer."""
        if self.history is None:
            raise UsageError(msg("cannot redo: {not_saved}", not_saved=NOT_SAVED), hint=SAVE_HINT)
        row = self.history.redo(self.history.find(self.id))
        self.show_branch(self.history.branch(row))

    def fork(self) -> str:
        """Continues in a copy, leaving the conversation as it is. Returns the new id."""
        if self.history and self.leaf is not None:
            row = self.history.fork(self.history.find(self.id), at=self.leaf)
            self.id = row.id
            self.show_branch(self.history.branch(row))
        else:
            self.id = new_id()
        return self.id

    def withdraw(self, question: BranchMessage) -> None:
        """Removes a question that did not reach any service."""
        self._branch = self._branch[: self._branch.index(question)]
        if self.history and question.number is not None:
            self.history.withdraw(question.number)

    def _last_question(self) -> tuple[tuple[BranchMessage, ...], BranchMessage]:
        """The last question, and the messages before it. If a summary was made after the question,
        it is moved before it, so that asking again does not fill the context window again; the
        question is then saved as a new one."""
        place = self._last_of("user")
        before, question, after = self._branch[:place], self._branch[place], self._branch[place:]
        summary = next((entry for entry in reversed(after) if entry.role == SUMMARY), None)
        if summary is None or not before:
            return before, question
        messages = sum(entry.role != SUMMARY for entry in after[: after.index(summary)])
        keeps = max(0, summary.keeps - messages)
        moved = self._summary(before, summary.message.text, keeps=keeps)
        return (*before, moved), replace(question, number=None)

    def _last_of(self, *roles: str) -> int:
        places = range(len(self._branch) - 1, -1, -1)
        found = next((n for n in places if self._branch[n].role in roles), None)
        if found is None:
            raise UsageError(msg("no question has been asked yet"), hint=ASK_FIRST)
        return found

    def _summary(
        self,
        before: Sequence[BranchMessage],
        text: str,
        *,
        keeps: int,
        turn: Turn | None = None,
    ) -> BranchMessage:
        parent, number = last_number(before), None
        if self.history and parent is not None:
            from llmchat.store.history.summaries import Summary  # few conversations have any

            number = self.history.compact(Summary(self.id, parent, text, keeps, turn))
        return BranchMessage(Message(SUMMARY, text), number=number, keeps=keeps)

    def _message(self, row: MessageRow, calls: tuple[KeptCall, ...]) -> BranchMessage:
        attachments: tuple[Attachment, ...] = ()
        gone: tuple[str, ...] = ()
        if (row.role == "user" or row.memory) and self.history:
            from llmchat.store.history.attachments import (
                unchanged_attachments,  # few conversations have any
            )

            attachments, changed = unchanged_attachments(self.history.attachments(row.id))
            gone = changed if row.role == "user" else ()  # an answer's are kept by the service
        memory, thoughts = row.memories if row.memory else {}, row.reasoning if calls else ""
        message = Message(row.role, row.text, attachments, memory, reasoning=thoughts)
        return BranchMessage(message, row.state, row.id, calls, row.keeps, gone)


def last_number(branch: Sequence[BranchMessage]) -> int | None:
    """The row of the last saved message; None if none is saved."""
    return next((m.number for m in reversed(branch) if m.number is not None), None)


def not_sent_again(branch: Sequence[BranchMessage]) -> Iterator[str]:
    """The notices about attached files that are no longer sent."""
    sent = sent_part(branch) if any(entry.gone for entry in branch) else ()
    for name in (name for entry in sent for name in entry.gone):
        yield msg("{name} has changed or is gone; it is not sent again", name=name)


def sent_messages(branch: Sequence[BranchMessage], system: str) -> list[Message]:
    """The messages of a request. Services require that questions and answers alternate, so a
    summarized or interrupted conversation is adapted."""
    messages = [Message("system", system)] if system.strip() else []
    if any(entry.role == SUMMARY for entry in branch):
        branch = sent_part(branch)
    for message in (message for entry in branch for message in entry.messages):
        if not (message.text.strip() or message.attachments or message.memory or message.calls):
            continue
        if messages and messages[-1].role == message.role == "user":
            messages[-1] = _joined(messages[-1], message)  # the first one got no answer
            continue
        if messages and messages[-1].role == message.role == "assistant":
            messages.append(go_on_request(messages))
        messages.append(message)
    if messages and messages[-1].role == "assistant":
        messages.append(go_on_request(messages))
    return messages


def _joined(first: Message, second: Message) -> Message:
    text = "\n\n".join(t for t in (first.text, second.text) if t.strip())
    return Message("user", text, first.attachments + second.attachments)


def go_on_request(messages: Sequence[Message]) -> Message:
    """The question that makes the last answer continue."""
    from llmchat.conversation.continuing import request_to_continue  # only for interrupted answers

    questions = (m.text for m in reversed(messages) if m.role == "user")
    return Message("user", request_to_continue(messages[-1].text, next(questions, "")))
