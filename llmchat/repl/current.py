"""The present conversation, and who answers it."""

from __future__ import annotations

from llmchat.conversation import Conversation
from llmchat.errors import LlmchatError, NothingFound
from llmchat.repl.outside import SessionHost
from llmchat.store.history.rows import ConversationRow
from llmchat.store.history.turns import title_of


class CurrentConversation:
    """`talk` may be replaced at any moment; what belongs to it is asked for anew."""

    def __init__(self, host: SessionHost) -> None:
        self._outside = host
        self.provider = host.provider  # as it was asked for; may be auto
        self.chosen = False  # by a command: then it stays, whatever is resumed
        choice = host.services.choose(host.provider, host.model)
        self.conversation = Conversation(
            choice.answerer,
            host.history,
            provider_name=choice.answerer.id,
            model=choice.model,
            system=host.system,
            stream=host.stream,
            ticks=host.ticks,
        )
        self.title = ""

    def ask_from(self, provider: str, model: str) -> None:
        """Another provider or model from the next question on; the history goes along."""
        choice = self._outside.services.choose(provider, model)
        self.provider = provider
        self.conversation.provider = choice.answerer
        self.conversation.provider_name = choice.answerer.id
        self.conversation.model = choice.model

    def begin_new(self) -> None:
        """The one before stays where it is kept."""
        before = self.conversation
        self.conversation = Conversation(
            before.provider,
            self._outside.history,
            provider_name=before.provider_name,
            model=before.model,
            system=self._outside.system,
            options=before.options,
            stream=before.stream,
            ticks=self._outside.ticks,
        )
        self.conversation.effort = before.effort
        self.title = ""

    def adopt(self, row: ConversationRow) -> None:
        """Go on with one that is kept."""
        history = self._outside.history
        if history is None:
            raise NothingFound("nothing is kept in this session", hint="start without --no-save")
        before = self.conversation
        self.conversation = Conversation.resume(
            history,
            row,
            before.provider,
            provider_name=before.provider_name,
            model=before.model,
            system=self._outside.asked_system,
            options=before.options,
            stream=before.stream,
            ticks=self._outside.ticks,
        )
        self.conversation.effort = before.effort
        self.title = row.title

    @property
    def row(self) -> ConversationRow | None:
        """As it is kept; None before its first question, and where nothing is kept."""
        if self._outside.history is None or (not self.conversation.branch and not self.title):
            return None
        try:
            return self._outside.history.find(self.conversation.id)
        except LlmchatError:
            return None

    def kept(self) -> ConversationRow:
        row = self.row
        if row is None:
            raise NothingFound("this conversation is not kept", hint="ask something first")
        return row

    def find_title(self) -> None:
        row = self.row
        self.title = row.title if row else title_of(self.first_question())

    def who(self) -> str:
        """Provider and model, as far as they are known."""
        turn = self.conversation.turn
        named = self.conversation.model
        if not named and turn and turn.model and turn.provider == self.conversation.provider_name:
            named = turn.model
        return "/".join(part for part in (self.conversation.provider_name, named) if part)

    def first_question(self) -> str:
        return next(
            (s.message.text for s in self.conversation.branch if s.message.role == "user"), ""
        )

    def last_question(self) -> str:
        said = (
            s.message.text for s in reversed(self.conversation.branch) if s.message.role == "user"
        )
        return next(said, "")

    def last_answer(self) -> str:
        said = (
            s.message.text for s in reversed(self.conversation.branch) if s.message.role != "user"
        )
        text = next((text for text in said if text), "")
        if not text:
            raise NothingFound("there is no answer yet", hint="ask something first")
        return text
