"""One conversation: builds requests from its branch, passes events through and journals them.

The messages of the active branch are held here too, so that a conversation goes on with
`--no-save` and when the disk fails. Nothing is overwritten: retry and edit open a branch.
"""

from __future__ import annotations

import time
from asyncio import CancelledError
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from llmchat.calls import KeptCall, ToolCall, ToolResult
from llmchat.errors import (
    EmptyPrompt,
    IncompleteAnswer,
    LlmchatError,
    NothingFound,
    UsageError,
)
from llmchat.events import Delta, Event, Finish, Notice
from llmchat.failover import Unsent
from llmchat.messages import SUMMARY, Attachment, Instructions, Message, Request, framed, sent_part
from llmchat.store.history.history import History
from llmchat.store.history.rows import ConversationRow, MessageRow
from llmchat.store.history.turns import Opening, new_id
from llmchat.turn import Turn

if TYPE_CHECKING:
    from llmchat.answer_schema import AnswerSchema
    from llmchat.failover import Answerer
    from llmchat.store.history.journal import Journal

NOT_SAVED = "this session does not save its history"
SAVE_HINT = "start without --no-save"
ASK_FIRST = 'llmchat ask "your question"'

Events = AsyncGenerator[Event, None]


@dataclass(frozen=True, slots=True)
class BranchMessage:
    """A message of the active branch; `number` is its row, None if it was not kept. `calls` are
    those of an answer: then it is sent as the several messages that it was made of."""

    message: Message
    state: str = "complete"
    number: int | None = None
    calls: tuple[KeptCall, ...] = ()
    keeps: int = 0  # of a summary

    @property
    def role(self) -> str:
        return self.message.role

    @property
    def says_something(self) -> bool:
        return bool(self.message.text or self.calls)

    @property
    def messages(self) -> Iterable[Message]:
        """As it is sent."""
        if self.role == SUMMARY:
            text = self.message.text
            return (Message("user", framed(text) if text else ""),)
        if not self.calls:
            return (self.message,)
        from llmchat.rounds import unfolded  # for such answers only

        return unfolded(self.message, self.calls)


class Conversation:
    """One thread of questions and answers; provider and model may change in the middle."""

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
        self.provider = provider
        self.history = history
        self.model = model
        self.system = system
        self.options = options or {}
        self.instructions = Instructions()  # of the project, as allowed; never stored
        self.effort = ""  # of the session; empty for what the settings say
        self.schema: AnswerSchema | None = None  # what answers have to match
        self.stream = stream
        self.id = new_id()
        self.turn: Turn | None = None
        self.warning = ""  # what a stopped turn could not say any more
        self._ticks = ticks
        self._branch: tuple[BranchMessage, ...] = ()
        self._warned: set[str] = set()

    def resume(self, row: ConversationRow) -> Conversation:
        """Go on with one that is kept, from where it stopped; its own system message holds unless
        another one was given."""
        if self.history is None:
            raise NothingFound(NOT_SAVED, hint=SAVE_HINT)
        self.id = row.id
        self.system = self.system or row.system
        self.show_branch(self.history.branch(row))
        return self

    @property
    def branch(self) -> tuple[BranchMessage, ...]:
        return self._branch

    @property
    def sent(self) -> Sequence[BranchMessage]:
        """What of the branch goes along with the next question."""
        return sent_part(self._branch)

    @property
    def texts(self) -> list[str]:
        """Its texts; results of tools as well."""
        return [message.text for entry in self.sent for message in entry.messages]

    @property
    def whole_system(self) -> str:
        """The system message as it is sent: the person's own, then the project's instructions."""
        if not self.instructions.text:
            return self.system
        return "\n\n".join(filter(None, (self.system.strip(), self.instructions.text)))

    @property
    def leaf(self) -> int | None:
        return next((m.number for m in reversed(self._branch) if m.number is not None), None)

    def show_branch(self, rows: Sequence[MessageRow]) -> None:
        """Go on from another branch: after undo, redo, a fork or a choice."""
        calls = self.history.calls(rows) if self.history else {}
        self._branch = tuple(self._message(row, calls.get(row.id, ())) for row in rows)

    def compact(self, text: str, *, keeps: int, turn: Turn | None = None) -> None:
        """From now on `text` is sent in place of all but the last `keeps` messages; `turn` is how
        the text was made. Everything stays where it is kept."""
        self._branch = (*self._branch, self._summary(self._branch, text, keeps=keeps, turn=turn))

    def _summary(
        self,
        before: Sequence[BranchMessage],
        text: str,
        *,
        keeps: int,
        turn: Turn | None = None,
    ) -> BranchMessage:
        parent = next((m.number for m in reversed(before) if m.number is not None), None)
        number = None
        if self.history and parent is not None:
            from llmchat.store.history.summaries import Summary  # few conversations have any

            number = self.history.compact(Summary(parent, text, keeps, turn))
        return BranchMessage(Message(SUMMARY, text), number=number, keeps=keeps)

    def put_back(self, branch: Sequence[BranchMessage]) -> None:
        """As it was before an attempt that came to nothing."""
        self._branch = tuple(branch)

    def undo(self) -> str:
        """Step back before the last question, which is returned for a correction; nothing is
        returned where a summary is taken back."""
        place = self._last_of("user", SUMMARY)
        before, question = self._branch[:place], self._branch[place]
        self._branch = before
        if self.history and question.number is not None:
            self.history.undo(self.history.find(self.id))
        return "" if question.role == SUMMARY else question.message.text

    def redo(self) -> None:
        """Go forward again by one question and its answer."""
        if self.history is None:
            raise UsageError(f"cannot redo: {NOT_SAVED}", hint=SAVE_HINT)
        row = self.history.redo(self.history.find(self.id))
        self.show_branch(self.history.branch(row))

    def fork(self) -> str:
        """Go on in a copy; the conversation so far stays as it is. Returns the new id."""
        if self.history and self.leaf is not None:
            row = self.history.fork(self.history.find(self.id), at=self.leaf)
            self.id = row.id
            self.show_branch(self.history.branch(row))
        else:
            self.id = new_id()
        return self.id

    def send(self, text: str, *, attachments: Sequence[Attachment] = ()) -> Events:
        if not text.strip() and not attachments:
            raise EmptyPrompt("no prompt given", hint=ASK_FIRST)
        return self._ask(self._branch, BranchMessage(Message("user", text, tuple(attachments))))

    def retry(self) -> Events:
        """Ask the last question again; its earlier answers stay beside the new one."""
        return self._ask(*self._last_question())

    def edit(self, text: str) -> Events:
        """Ask something else instead of the last question, which stays in its own branch."""
        if not text.strip():
            raise EmptyPrompt("no prompt given", hint=ASK_FIRST)
        before, question = self._last_question()
        attachments = question.message.attachments
        return self._ask(before, BranchMessage(Message("user", text, attachments)))

    def pose(self, text: str, *, attachments: Sequence[Attachment] = ()) -> BranchMessage:
        """The question at the end of the branch, kept and not yet asked: `retry` asks it, here and
        in what goes `beside` this one."""
        if not text.strip() and not attachments:
            raise EmptyPrompt("no prompt given", hint=ASK_FIRST)
        question = BranchMessage(Message("user", text, tuple(attachments)))
        if self.history:
            opening = self._opening(self._branch, question)
            question = replace(question, number=self.history.ask(opening))
        self._branch = (*self._branch, question)
        return question

    def move_below_summary(self) -> None:
        """A question that a summary was made after is posed again below it, once for all who are
        asked it beside each other."""
        if self._branch and self._branch[-1].role == SUMMARY:
            before, question = self._last_question()
            if before:
                self._branch = before
                self.pose(question.message.text, attachments=question.message.attachments)

    def beside(self, provider: Answerer, model: str) -> Conversation:
        """The same conversation, answered by somebody else: a branch of the same tree."""
        twin = Conversation(
            provider,
            self.history,
            model=model,
            system=self.system,
            options=self.options,
            stream=self.stream,
            ticks=self._ticks,
        )
        twin.id, twin.effort, twin._branch = self.id, self.effort, self._branch
        twin.schema, twin.instructions = self.schema, self.instructions
        return twin

    def go_on_from(self, other: Conversation) -> None:
        """One that went `beside` this one, or this one itself, has the answer to go on from."""
        self._branch, self.turn = other._branch, other.turn
        if self.history and other.leaf is not None:
            self.history.set_leaf(other.leaf)

    def withdraw(self, question: BranchMessage) -> None:
        """A question that was posed and reached nobody."""
        self._branch = self._branch[: self._branch.index(question)]
        if self.history and question.number is not None:
            self.history.withdraw(question.number)

    def correct(self, wish: str, *, answer: str) -> Events:
        """Ask the last question again after its `answer` and a `wish` about it, which are sent and
        not kept: the person said neither. The new answer stands beside the old one."""
        before, question = self._last_question()
        said = (Message("assistant", answer), Message("user", wish))
        return self._ask(before, question, tuple(map(BranchMessage, said)))

    def continue_(self) -> Events:
        """Continue the last answer; a question without one is asked again. The person asked
        nothing new, so the request to go on is sent, but not kept."""
        branch = self._branch
        while branch and branch[-1].message.role == "assistant" and not branch[-1].says_something:
            branch = branch[:-1]
        ends = [entry for entry in branch if entry.role != SUMMARY][-1:]
        if ends and ends[0].role == "assistant":
            return self._ask(branch[:-1], branch[-1])
        return self.retry()

    def _last_question(self) -> tuple[tuple[BranchMessage, ...], BranchMessage]:
        """With what goes before it. A summary that was made after it goes before it from now on,
        so that asking again does not fill the window again: it is then another question."""
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
            raise UsageError("no question has been asked yet", hint=ASK_FIRST)
        return found

    def _ask(
        self,
        before: tuple[BranchMessage, ...],
        question: BranchMessage,
        after: tuple[BranchMessage, ...] = (),
    ) -> Events:
        """The turn is there at once, for those who announce it; what stands `after` the question
        is sent and not kept."""
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
            async with aclosing(self.provider.stream(request)) as events:
                async for event in events:
                    turn.take(event)
                    if journal and isinstance(event, Delta):
                        journal.append(event.text)
                    elif journal and isinstance(event, ToolCall | ToolResult):
                        await journal.note(turn.calls)  # on the disk before it runs
                    if isinstance(event, Finish):
                        async for notice in self._settle(journal, turn):
                            yield notice
                    yield event
            _require_end(turn)
        except BaseException as error:
            _stop(turn, error)
            if turn.text and not turn.model:  # nobody said who answers; this is who was asked
                turn.model = str(getattr(self.provider, "asked_model", ""))
            raise
        finally:
            if journal and not journal.settled:
                journal.finish(turn)
                self.warning = " ".join(self._news(journal))
            if journal:
                journal.leave()
            if turn.reached_nobody and not before:
                turn.conversation = ""
            self._branch = (*before, *self._entries(question, turn, journal))

    def _new_turn(self) -> Turn:
        kept = self.id if self.history else ""
        return Turn(self.provider.id, self.model, self._ticks, conversation=kept)

    async def _settle(self, journal: Journal | None, turn: Turn) -> AsyncGenerator[Notice, None]:
        """The end is kept before it is shown, so that a warning has its place before it."""
        if journal:
            await journal.settle(turn)
            for line in self._news(journal):
                yield Notice(line)

    def _news(self, journal: Journal) -> list[str]:
        """What the person has not been told yet."""
        trouble = journal.trouble
        lines = [journal.news, f"this turn was not saved: {trouble.message}" if trouble else ""]
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
        parents = (m.number for m in reversed(before) if m.number is not None)
        again = question.number is not None
        message = question.message
        return Opening(
            self.id,
            message.text if message.role == "user" else _go_on_request([message]).text,
            again=again,
            parent=question.number if again else next(parents, None),
            provider=self.provider.id,
            model=self.model,
            system=self.system,
            attachments=[] if again else [_reference(a) for a in message.attachments],
        )

    def _request(self, branch: Sequence[BranchMessage]) -> Request:
        system = self.whole_system
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
                messages.append(_go_on_request(messages))
            messages.append(message)
        if messages and messages[-1].role == "assistant":
            messages.append(_go_on_request(messages))
        return Request(
            self.model,
            tuple(messages),
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

    def _message(self, row: MessageRow, calls: tuple[KeptCall, ...]) -> BranchMessage:
        attachments: tuple[Attachment, ...] = ()
        if (row.role == "user" or row.memory) and self.history:
            from llmchat.store.history.attachments import (
                unchanged_attachments,  # few conversations have any
            )

            attachments = unchanged_attachments(self.history.attachments(row.id))
        memory, thoughts = row.memories if row.memory else {}, row.reasoning if calls else ""
        message = Message(row.role, row.text, attachments, memory, reasoning=thoughts)
        return BranchMessage(message, row.state, row.id, calls, row.keeps)


def _joined(first: Message, second: Message) -> Message:
    text = "\n\n".join(t for t in (first.text, second.text) if t.strip())
    return Message("user", text, first.attachments + second.attachments)


def _go_on_request(messages: Sequence[Message]) -> Message:
    """What was, or is, said so that the last answer goes on."""
    from llmchat.go_on import go_on  # for such conversations only

    questions = (m.text for m in reversed(messages) if m.role == "user")
    return Message("user", go_on(messages[-1].text, next(questions, "")))


def _reference(attachment: Attachment) -> tuple[str, str, int, str]:
    from llmchat.store.history.attachments import digest  # hashlib, for questions with files only

    content = attachment.content
    return attachment.name, attachment.media_type, len(content), digest(content)


def _require_end(turn: Turn) -> None:
    if turn.state == "streaming":
        raise IncompleteAnswer("the answer ended without a finish mark", hint="/continue")


def _stop(turn: Turn, error: BaseException) -> None:
    """The end of a turn that has none yet: an error of the service, of ours, or a person's wish."""
    if turn.state != "streaming":
        return
    if isinstance(error, LlmchatError):
        turn.fail(error)
    elif isinstance(error, CancelledError | GeneratorExit | KeyboardInterrupt | SystemExit):
        turn.interrupt(unsent=isinstance(error, Unsent))
    else:
        turn.fail(LlmchatError(f"{type(error).__name__}: {error}"))
