"""The current conversation, and the provider that answers it."""

from __future__ import annotations

from collections.abc import Callable

from llmchat.app.run.context import Context
from llmchat.conversation.branch import SAVE_HINT
from llmchat.conversation.conversation import Conversation
from llmchat.errors import LlmchatError, NothingFound
from llmchat.failover import Answerer
from llmchat.language import msg
from llmchat.store.history.history import History
from llmchat.store.history.naming import title_of
from llmchat.store.history.rows import ConversationRow
from llmchat.values.messages import Instructions

OpenAnswerer = Callable[[Context], Answerer]


class CurrentConversation:
    """The current conversation, which commands may replace, and the context with the provider asked
    next."""

    def __init__(
        self, context: Context, history: History | None, open_answerer: OpenAnswerer
    ) -> None:
        self.context = context
        self.history = history
        self.title = ""
        self.chosen = False  # by a command; then it stays when another conversation is resumed
        self.open_answerer = open_answerer
        self._opened = [open_answerer(context)]
        self.conversation = Conversation(
            self._opened[0],
            history,
            model=context.settings.target().model,
            system=context.settings.text("system"),
            stream=context.settings.enabled("stream"),
            ticks=context.world.clock.ticks,
        )

    @property
    def provider(self) -> str:
        """The provider as it was requested, which may be auto."""
        return self.context.settings.target().provider

    def ask(self, context: Context) -> None:
        """Uses another provider or model from the next question on; the messages stay."""
        answerer = self.open_answerer(context)
        self._opened.append(answerer)
        self.context = context
        self.conversation.provider = answerer
        self.conversation.model = context.settings.target().model
        self.conversation.instructions = Instructions()  # allowed only for the previous providers

    def begin_new(self) -> None:
        """Starts a new conversation; the previous one stays saved."""
        self.conversation = self._another(self.context.settings.text("system"))
        self.title = ""

    def adopt(self, row: ConversationRow) -> None:
        """Continues a saved conversation, with its own system message unless a flag gave
        another."""
        another = self._another(str(self.context.flags.get("system") or ""))
        self.conversation = another.resume(row)
        self.title = row.title

    async def aclose(self) -> None:
        for answerer in self._opened:
            await answerer.aclose()

    @property
    def row(self) -> ConversationRow | None:
        """The conversation's row in the history; None before its first question or if nothing is
        saved."""
        if self.history is None or (not self.conversation.branch and not self.title):
            return None
        try:
            return self.history.find(self.conversation.id)
        except LlmchatError:
            return None

    def kept_history(self) -> History:
        """The history this session saves to; raises an error in a session that saves nothing."""
        if self.history is None:
            raise NothingFound(msg("this session does not save its history"), hint=SAVE_HINT)
        return self.history

    def kept(self) -> tuple[History, ConversationRow]:
        """The history and this conversation's row in it."""
        history, row = self.kept_history(), self.row
        if row is None:
            raise NothingFound(
                msg("this conversation is not saved"), hint=msg("ask something first")
            )
        return history, row

    def find_title(self) -> None:
        row = self.row
        self.title = row.title if row else title_of(next(iter(self._texts("user")), ""))

    def who(self) -> str:
        """Provider and model, as far as they are known."""
        turn, provider = self.conversation.turn, self.conversation.provider.id
        model = self.conversation.model
        if not model and turn and turn.model and turn.provider == provider:
            model = turn.model
        return "/".join(part for part in (provider, model) if part)

    def answered(self) -> str:
        """Who gave the last answer if that differs from who was asked, else who is asked."""
        turn, asked = self.conversation.turn, self.conversation.provider.id
        moved_on = turn and len(turn.attempts) > 1 and turn.attempts[0].provider == asked
        if turn and moved_on and turn.state == "complete" and turn.provider != asked:
            return msg(
                "{provider}/{model} (for {asked})",
                provider=turn.provider,
                model=turn.model,
                asked=asked,
            )
        return self.who()

    def last_question(self) -> str:
        return next(iter(reversed(self._texts("user"))), "")

    def last_answer(self, *, which: Callable[[str], bool] = bool) -> str:
        """The last answer for which `which` is true, else the last answer that is not empty."""
        texts = [text for text in reversed(self._texts("assistant")) if text]
        if not texts:
            raise NothingFound(msg("there is no answer yet"), hint=msg("ask something first"))
        return next(filter(which, texts), texts[0])

    def _texts(self, role: str) -> list[str]:
        messages = (entry.message for entry in self.conversation.branch)
        return [message.text for message in messages if message.role == role]

    def _another(self, system: str) -> Conversation:
        before = self.conversation
        another = Conversation(
            before.provider,
            self.history,
            model=before.model,
            system=system,
            options=before.options,
            stream=before.stream,
            ticks=self.context.world.clock.ticks,
        )
        another.effort = before.effort
        another.schema = before.schema
        return another
