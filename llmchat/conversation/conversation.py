"""One conversation: builds requests from its branch, passes events through and journals them.

Its messages are also kept in memory (`branch.py`), so that it continues with `--no-save` and after
a disk error. Nothing is overwritten: retry and edit create a branch.
"""

from __future__ import annotations

import time
from asyncio import CancelledError
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing
from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from llmchat.conversation.branch import (
    ASK_FIRST,
    NOT_SAVED,
    SAVE_HINT,
    ActiveBranch,
    BranchMessage,
    go_on_request,
    last_number,
    not_sent_again,
    sent_messages,
)
from llmchat.errors import EmptyPrompt, IncompleteAnswer, LlmchatError, NothingFound
from llmchat.failover import Answerer, Unsent
from llmchat.language import msg
from llmchat.store.history.history import History
from llmchat.store.history.rows import ConversationRow
from llmchat.store.history.writing.turns import NEWS, Opening
from llmchat.values.calls import ToolCall, ToolResult
from llmchat.values.events import Alert, Delta, Event, Finish, Notice
from llmchat.values.messages import Attachment, Instructions, Message, Request
from llmchat.values.roles import SUMMARY
from llmchat.values.turn import Turn

if TYPE_CHECKING:
    from llmchat.store.history.writing.journal import Journal
    from llmchat.values.answer_schema import AnswerSchema

Events = AsyncGenerator[Event, None]


class Conversation(ActiveBranch):
    """A thread of questions and answers; provider and model may change within it."""

    def __init__(
        self,
        provider: Answerer,
        history: History | None,
        *,
        model: str = "",
        system: str = "",
        options: Mapping[str, Any] | None = None,
        stream: bool = True,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(history)
        self.provider = provider
        self.model = model
        self.system = system
        self.options = options or {}
        self.instructions = Instructions()  # the project's, if allowed; never saved
        self.effort = ""  # of the session; empty uses the setting
        self.schema: AnswerSchema | None = None  # the schema answers must match
        self.stream = stream
        self.turn: Turn | None = None
        self.warning = ""  # a notice that a stopped turn could not show any more
        self._ticks = ticks
        self._warned: set[str] = set()

    def resume(self, row: ConversationRow) -> Conversation:
        """Continues a saved conversation; its own system message applies unless another one was
        given."""
        if self.history is None:
            raise NothingFound(NOT_SAVED, hint=SAVE_HINT)
        self.id = row.id
        self.system = self.system or row.system
        self.show_branch(self.history.branch(row))
        return self

    @property
    def whole_system(self) -> str:
        """The system message that is sent: the person's own, then the project's instructions."""
        if not self.instructions.text:
            return self.system
        return "\n\n".join(filter(None, (self.system.strip(), self.instructions.text)))

    def send(self, text: str, *, attachments: Sequence[Attachment] = ()) -> Events:
        return self._ask(self._branch, _question(text, attachments))

    def retry(self) -> Events:
        """Asks the last question again; earlier answers stay in their own branches."""
        return self._ask(*self._last_question())

    def edit(self, text: str) -> Events:
        """Asks something else instead of the last question, which stays in its own branch."""
        asked = _question(text)
        before, question = self._last_question()
        message = replace(asked.message, attachments=question.message.attachments)
        return self._ask(before, BranchMessage(message))

    def pose(self, text: str, *, attachments: Sequence[Attachment] = ()) -> BranchMessage:
        """Saves a question at the end of the branch without asking it. `retry` then asks it, also
        in the conversations made by `beside`."""
        question = _question(text, attachments)
        if self.history:
            opening = self._opening(self._branch, question)
            question = replace(question, number=self.history.ask(opening))
        self._branch = (*self._branch, question)
        return question

    def move_below_summary(self) -> None:
        """If a summary was made after the last question, saves the question again after the
        summary, once for all models that are asked it."""
        if self._branch and self._branch[-1].role == SUMMARY:
            before, question = self._last_question()
            if before:
                self._branch = before
                self.pose(question.message.text, attachments=question.message.attachments)

    def beside(self, provider: Answerer, model: str) -> Conversation:
        """A copy of the conversation with another provider; its answer is a branch of the same
        tree."""
        twin = copy(self)
        twin.provider, twin.model = provider, model
        twin.turn, twin.warning, twin._warned = None, "", set()
        return twin

    def go_on_from(self, other: Conversation) -> None:
        """Continues from the answer of `other`, one of the conversations made by `beside`."""
        self._branch, self.turn = other._branch, other.turn
        if self.history and other.leaf is not None:
            self.history.set_leaf(other.leaf)

    def correct(self, wish: str, *, answer: str) -> Events:
        """Asks the last question again, followed by its `answer` and a `wish` about it. Both are
        sent but not saved, because the person wrote neither. The new answer is a branch beside the
        old one."""
        before, question = self._last_question()
        said = (Message("assistant", answer), Message("user", wish))
        return self._ask(before, question, tuple(map(BranchMessage, said)))

    def continue_(self) -> Events:
        """Continues the last answer; a question without an answer is asked again. The request to
        continue is sent but not saved, because the person did not write it."""
        branch = self._branch
        while branch and branch[-1].message.role == "assistant" and not branch[-1].says_something:
            branch = branch[:-1]
        ends = [entry for entry in branch if entry.role != SUMMARY][-1:]
        if ends and ends[0].role == "assistant":
            return self._ask(branch[:-1], branch[-1])
        return self.retry()

    def _ask(
        self,
        before: tuple[BranchMessage, ...],
        question: BranchMessage,
        after: tuple[BranchMessage, ...] = (),
    ) -> Events:
        """Creates the turn at once, so that it can be announced. `after` is sent but not saved."""
        self.turn = self._new_turn()
        self.warning = ""
        request = self._request((*before, question, *after))
        return self._stream_answer(before, question, self.turn, request)

    async def _stream_answer(
        self,
        before: tuple[BranchMessage, ...],
        question: BranchMessage,
        turn: Turn,
        request: Request,
    ) -> Events:
        journal = self._journal(before, question)
        try:
            if journal:
                await journal.begun()
            for line in self._fresh(not_sent_again((*before, question))):
                yield Notice(line)
            async with aclosing(self.provider.stream(request)) as events:
                async for event in events:
                    turn.take(event)
                    if journal and isinstance(event, Delta):
                        journal.append(event.text)
                    elif journal and isinstance(event, ToolCall | ToolResult):
                        await journal.note(turn.calls)  # saved before the tool runs
                    if isinstance(event, Finish):
                        async for notice in self._settle(journal, turn):
                            yield notice
                    yield event
            if turn.state == "streaming":
                problem = msg("the answer ended without a finish mark")
                raise IncompleteAnswer(problem, hint=msg("/continue"))
        except BaseException as error:
            _stop(turn, error)
            if turn.text and not turn.model:  # no event named it; use the one that was asked
                turn.model = str(getattr(self.provider, "asked_model", ""))
            raise
        finally:
            if journal and not journal.settled:
                journal.finish(turn)
                self.warning = " ".join(notice.text for notice in self._news(journal))
            if journal:
                journal.leave()
            if turn.reached_nobody and not before:
                turn.conversation = ""
            if journal and journal.found == "gone":
                before = tuple(replace(entry, number=None) for entry in before)
            self._branch = (*before, *self._entries(question, turn, journal))

    def _new_turn(self) -> Turn:
        kept = self.id if self.history else ""
        return Turn(self.provider.id, self.model, self._ticks, conversation=kept)

    async def _settle(self, journal: Journal | None, turn: Turn) -> AsyncGenerator[Notice, None]:
        """Saves the end of the turn before it is shown, so that a warning can come before it."""
        if not journal:
            return
        if not await journal.ends_soon(turn):
            for notice in self._news(journal):
                yield notice
            await journal.settle(turn)
        for notice in self._news(journal):
            yield notice

    def _news(self, journal: Journal) -> Iterator[Notice]:
        """The notices that have not been shown yet."""
        for line in self._fresh([journal.news, *self._news_of_file(journal)]):
            yield Notice(line)
        if trouble := journal.trouble:
            lost = msg("this turn was not saved: {message}", message=trouble.message)
            for line in self._fresh([lost]):
                yield Alert(line)

    def _news_of_file(self, journal: Journal) -> Iterator[str]:
        """What another llmchat did to the conversation."""
        yield NEWS.get(journal.found, "")
        if journal.is_trashed:
            yield msg(
                "the conversation is in the trash now; to restore it: llmchat history restore {id}",
                id=self.id,
            )

    def _fresh(self, lines: Iterable[str]) -> list[str]:
        fresh = [line for line in lines if line and line not in self._warned]
        self._warned.update(fresh)
        return fresh

    def _journal(self, before: Sequence[BranchMessage], question: BranchMessage) -> Journal | None:
        if self.history is None:
            return None
        journal = self.history.journal(self._opening(before, question))
        journal.start()
        return journal

    def _opening(self, before: Sequence[BranchMessage], question: BranchMessage) -> Opening:
        again = question.number is not None
        message = question.message
        return Opening(
            self.id,
            message.text if message.role == "user" else go_on_request([message]).text,
            again=again,
            parent=question.number if again else last_number(before),
            provider=self.provider.id,
            model=self.model,
            system=self.system,
            attachments=[] if again else [_reference(a) for a in message.attachments],
        )

    def _request(self, branch: Sequence[BranchMessage]) -> Request:
        return Request(
            self.model,
            tuple(sent_messages(branch, self.whole_system)),
            options=self.options,
            effort=self.effort,
            session=self.id,
            stream=self.stream,
            schema=self.schema,
        )

    def _entries(
        self, question: BranchMessage, turn: Turn, journal: Journal | None
    ) -> tuple[BranchMessage, BranchMessage]:
        number = (journal and journal.question) or question.number
        asked = replace(question, number=number)
        drawn = tuple(Attachment(i.path, i.media_type, i.content) for i in turn.images)
        thoughts = turn.reasoning if turn.calls else ""
        answer = Message("assistant", turn.text, drawn, turn.memory, reasoning=thoughts)
        number = journal.answer if journal else None
        return asked, BranchMessage(answer, turn.state, number, tuple(turn.calls))


def _question(text: str, attachments: Sequence[Attachment] = ()) -> BranchMessage:
    if not text.strip() and not attachments:
        raise EmptyPrompt(msg("no prompt given"), hint=ASK_FIRST)
    return BranchMessage(Message("user", text, tuple(attachments)))


def _reference(attachment: Attachment) -> tuple[str, str, int, str]:
    from llmchat.store.history.attachments import digest  # hashlib, so only with attachments

    content = attachment.content
    place = attachment.path or attachment.name
    return place, attachment.media_type, len(content), digest(content)


def _stop(turn: Turn, error: BaseException) -> None:
    """Ends a turn that an exception interrupted: an error of the service, a bug, or Ctrl-C."""
    if turn.state != "streaming":
        return
    if isinstance(error, LlmchatError):
        turn.fail(error)
    elif isinstance(error, CancelledError | GeneratorExit | KeyboardInterrupt | SystemExit):
        turn.interrupt(unsent=isinstance(error, Unsent))
    else:
        turn.fail(LlmchatError(msg("{name}: {error}", name=type(error).__name__, error=error)))
