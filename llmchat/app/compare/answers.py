"""The answers of several models to one question: asks them, collects the results, and chooses the
one to continue from."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from llmchat.app.ask.output.outcome import note_health, refusal_in
from llmchat.app.run.context import Context
from llmchat.conversation.branch import BranchMessage
from llmchat.conversation.conversation import Conversation
from llmchat.errors import AllFailed, Interrupted, LlmchatError, StorageError
from llmchat.failover import Answerer
from llmchat.language import joined, msg, msg_n
from llmchat.language.dates import short_time
from llmchat.values.events import Event
from llmchat.values.messages import Attachment, Instructions
from llmchat.values.parallel_answers import Parts, merged
from llmchat.values.turn import Turn

FEWEST, MOST = 2, 6

NONE_ANSWERED = msg("llmchat models lists what you can ask")

Open = Callable[[Context], Answerer]


@dataclass(slots=True)
class ComparedAnswer:
    """One model's answer. If it could not be asked, it has an error and no conversation."""

    label: str
    context: Context
    instructions: Instructions
    conversation: Conversation | None = None
    error: LlmchatError | None = None

    @property
    def turn(self) -> Turn | None:
        return self.conversation.turn if self.conversation else None

    @property
    def failure(self) -> LlmchatError | None:
        turn = self.turn
        if turn is None:
            return self.error
        stopped = turn.state in ("streaming", "interrupted")
        return turn.error or refusal_in(turn) or (Interrupted() if stopped else None)

    @property
    def summary(self) -> str:
        """A summary: `1.2 s, 17 + 25 tokens`, or why it ended early."""
        if self.failure:
            return (
                msg("failed: {why}", why=self.failure.message) if self.is_faulty else msg("stopped")
            )
        turn = self.turn
        assert turn is not None
        usage, facts = turn.usage, [short_time(turn.total_ms or 0)]
        if usage.completion_tokens is not None:
            facts.append(
                msg(
                    "{asked} + {answered} tokens",
                    asked=usage.prompt_tokens or 0,
                    answered=usage.completion_tokens,
                )
            )
        elif usage.total_tokens is not None:
            facts.append(msg_n("{n} token", "{n} tokens", usage.total_tokens))
        if turn.finish_reason == "length":
            facts.append(msg("cut at its length limit"))
        return joined(", ", facts)

    @property
    def is_faulty(self) -> bool:
        """Whether it failed; being stopped by the person is not a failure."""
        return self.failure is not None and not isinstance(self.failure, Interrupted)


class Comparison:
    """Asks all models at once; each answer is a branch of the same question."""

    def __init__(
        self,
        conversation: Conversation,
        contexts: Sequence[Context],
        open_: Open,
        labels: Sequence[str],
        instructions: Sequence[Instructions],
    ) -> None:
        """`instructions` are the project's, one for each model."""
        self._base = conversation
        self._open = open_
        self._opened: list[Answerer] = []
        self._question: BranchMessage | None = None
        self.answers = [
            ComparedAnswer(*row) for row in zip(labels, contexts, instructions, strict=True)
        ]

    @property
    def labels(self) -> list[str]:
        return [answer.label for answer in self.answers]

    @property
    def kept(self) -> str:
        """The id of the conversation they are branches of; "" if it is not saved."""
        return next((a.turn.conversation for a in self.answers if a.turn), "")

    @property
    def faults(self) -> list[tuple[str, LlmchatError]]:
        """The failures, without answers that the person stopped."""
        return [(label, e) for label, e in self.failures if not isinstance(e, Interrupted)]

    @property
    def failures(self) -> list[tuple[str, LlmchatError]]:
        return [(a.label, a.failure) for a in self.answers if a.failure]

    def ask(self, text: str, attachments: Sequence[Attachment] = ()) -> Parts:
        """Asks a new question."""
        try:
            self._question = self._base.pose(text, attachments=attachments)
        except StorageError as error:  # the answers are worth more than saving them
            self.answers[0].context.report.warning(
                msg("this turn was not saved: {message}", message=error.message)
            )
            self._base.history = None
            self._question = self._base.pose(text, attachments=attachments)
        return self._asked()

    def ask_again(self) -> Parts:
        """Asks the last question again."""
        self._base.move_below_summary()
        return self._asked()

    def _asked(self) -> Parts:
        return merged([self._answer(answer) for answer in self.answers])

    def _answer(self, answer: ComparedAnswer) -> AsyncGenerator[Event, None]:
        try:
            answerer = self._open(answer.context)
        except LlmchatError as error:
            answer.error = error
            return _failing(error)
        self._opened.append(answerer)
        model = answer.context.settings.target().model
        answer.conversation = self._base.beside(answerer, model)
        answer.conversation.instructions = answer.instructions
        return answer.conversation.retry()

    def conclude(self) -> None:
        """Continues from the first model that answered; removes a question that reached no
        service."""
        turns = [answer.turn for answer in self.answers]
        if self._question and all(turn is None or turn.reached_nobody for turn in turns):
            self._base.withdraw(self._question)
            return
        for answer in self.answers:
            if answer.turn:
                note_health(answer.context, answer.turn)
        whole = [a.conversation for a in self.answers if a.conversation and not a.failure]
        begun = [a.conversation for a in self.answers if a.conversation and a.turn and a.turn.text]
        with suppress(LlmchatError):  # the answers are there, even if this cannot be saved
            for conversation in [*whole, *begun][:1]:
                self._base.go_on_from(conversation)

    async def aclose(self) -> None:
        for answerer in self._opened:
            await answerer.aclose()

    def outcome(self) -> LlmchatError | None:
        """None if any model answered, else the error."""
        if len(self.failures) < len(self.answers):
            return None
        return AllFailed(msg("no model answered"), self.failures, hint=NONE_ANSWERED)


def contexts_for(context: Context, models: Sequence[str]) -> list[Context]:
    """A context for each of the models, which are named as for -m."""
    flags = {name: value for name, value in context.flags.items() if name != "provider"}
    return [context.with_flags({**flags, "model": model}) for model in models]


def labels_of(contexts: Sequence[Context], models: Sequence[str]) -> list[str]:
    """PROVIDER/MODEL for each, as far as known before the answers."""
    labels = []
    for context, model in zip(contexts, models, strict=True):
        target = context.settings.target()
        known = target.provider != "auto" and target.model
        labels.append(f"{target.provider}/{target.model}" if known else model)
    return labels


async def _failing(error: LlmchatError) -> AsyncGenerator[Event, None]:
    raise error
    yield  # makes it a generator
