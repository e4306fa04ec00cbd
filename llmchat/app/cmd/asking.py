"""Asks a model for a command, or what a command does. Nothing is saved in the history."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager, nullcontext
from typing import TextIO

from llmchat.app.ask.candidates import candidate_names, open_answerer
from llmchat.app.ask.output.outcome import length_notice, note_health, refusal_in
from llmchat.app.ask.output.output import drain
from llmchat.app.ask.third_party import ThirdPartyPolicy
from llmchat.app.run.context import Context
from llmchat.conversation.conversation import Conversation
from llmchat.errors import IncompleteAnswer, NotAnAnswer
from llmchat.language import msg
from llmchat.providers import all_names, load
from llmchat.providers.presets import PRESETS
from llmchat.render.clean import clean_line
from llmchat.render.plain import Plain
from llmchat.render.width import cut
from llmchat.shell_command.suggestion import Suggestion, suggested
from llmchat.shell_command.wording import TargetShell, explaining
from llmchat.system.terminals import is_dumb
from llmchat.values.answer_schema import AnswerSchema
from llmchat.values.events import Event, Fallback, Notice
from llmchat.values.turn import Turn

COMMAND = AnswerSchema(
    {"type": "object", "properties": {"command": {"type": "string"}}, "required": ["command"]},
    name="command",
)
FIELDS = ("json_schema", "flat")  # ways to send a schema that a service follows strictly
SHOWN_PROSE = 200  # cells of a reply that is not a command
ANOTHER = msg("rephrase it, or use another model with -m")


class CommandAsker:
    """Asks for commands; `target`, the shell and system, is all that a model is told besides the
    words."""

    def __init__(
        self,
        context: Context,
        target: TargetShell,
        *,
        allow_secrets: bool = False,
        count: Callable[[Turn], None] | None = None,
    ) -> None:
        """`count` is called with the turn of each answer."""
        self._context = context
        self._policy = ThirdPartyPolicy(context, allow_secrets=allow_secrets)
        self._count = count
        self.target = target

    async def suggestion(self, wish: str) -> Suggestion:
        """The command or commands in the reply; raises an error if there is none."""
        schema = COMMAND if self._is_structured else None
        told = self.target.for_writing
        async with self._asked(told, wish, schema) as (conversation, events):
            who = conversation.provider.id
            await drain(self._context.report.with_notices(_unshown(events), waiting_for=who))
        turn = conversation.turn
        assert turn is not None
        if turn.finish_reason == "length":
            raise IncompleteAnswer(
                msg("the command is incomplete: the model reached its length limit"), hint=ANOTHER
            )
        found = suggested(turn.text, self.target.dialect)
        if not found.commands:
            said = cut(clean_line(" ".join(turn.text.split())), SHOWN_PROSE)
            raise NotAnAnswer(
                msg("the model gave no command; it said: {said}", said=said), hint=ANOTHER
            )
        return found

    async def explain(self, command: str, wish: str, stream: TextIO) -> None:
        """Explains a command, streamed like any answer at a terminal."""
        question = explaining(command, wish)
        async with self._asked(self.target.for_explaining, question) as (talk, events):
            dumb = is_dumb(self._context.world.environ)
            renderer = Plain(stream, tty=True) if dumb else self._context.live(stream)
            aside = nullcontext if isinstance(renderer, Plain) else renderer.aside
            shown = self._context.report.with_notices(events, talk.provider.id, aside=aside)
            async with aclosing(shown):
                await renderer.show(shown)
        if talk.turn and (notice := length_notice(talk.turn, hint="x")):
            self._context.report.notice(notice)

    @property
    def _is_structured(self) -> bool:
        """Whether every provider that may be asked follows a schema strictly; otherwise the format
        is only described in words."""
        return all(map(_obeys_schemas, candidate_names(self._context)))

    @asynccontextmanager
    async def _asked(
        self, system: str, text: str, schema: AnswerSchema | None = None
    ) -> AsyncIterator[tuple[Conversation, AsyncGenerator[Event, None]]]:
        context = self._context
        answerer = open_answerer(context, admit=self._policy)
        conversation = Conversation(
            answerer,
            None,
            model=context.settings.target().model,
            system=system,
            stream=context.settings.enabled("stream"),
            ticks=context.world.clock.ticks,
        )
        conversation.schema = schema
        try:
            yield conversation, conversation.send(text)
        finally:
            await answerer.aclose()
            if conversation.turn:
                note_health(context, conversation.turn)
                if self._count:
                    self._count(conversation.turn)
        if refused := refusal_in(conversation.turn):
            raise refused


def _obeys_schemas(name: str) -> bool:
    if name in PRESETS:
        return PRESETS[name].schema in FIELDS
    return name in all_names() and load(name).supports_schema in FIELDS


async def _unshown(events: AsyncGenerator[Event, None]) -> AsyncGenerator[Event, None]:
    """Passes on notices and fallbacks only: the spinner runs until the command is complete."""
    async with aclosing(events):
        async for event in events:
            if isinstance(event, Notice | Fallback):
                yield event
