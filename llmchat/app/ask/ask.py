"""One question, one answer: `llmchat ask`."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, nullcontext
from functools import partial
from typing import TYPE_CHECKING

from llmchat.app.ask.candidates import auto_model, needs_choice, open_answerer
from llmchat.app.ask.input.question import (
    AskOptions,
    PromptDraft,
    Question,
    complete,
    may_be_instructed,
    read_asked,
    read_wanted,
)
from llmchat.app.ask.output.outcome import length_notice, note_health, refusal_in, usage_line
from llmchat.app.ask.output.output import Output, choose_output
from llmchat.app.ask.output.pictures import Saving, require_picture, tell_places
from llmchat.app.run import signals
from llmchat.app.run.context import Context
from llmchat.app.run.streams import failure_at_end, failure_of
from llmchat.conversation.conversation import Conversation
from llmchat.errors import IncompleteAnswer, LlmchatError, TooLong
from llmchat.failover import Admit, Answerer, Candidate
from llmchat.inputs.prompt import Prompt
from llmchat.language import msg
from llmchat.values.events import Event
from llmchat.values.messages import Instructions, Request
from llmchat.values.secret import Mask
from llmchat.values.turn import Turn

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from llmchat.app.ask.input.follow_up import FollowUp
    from llmchat.app.ask.schema import WantedData

Show = Callable[[AsyncGenerator[Event, None]], Awaitable[None]]


def ask(context: Context, options: AskOptions) -> int:
    """Asks the question, shows and saves the answer, and returns the exit code."""
    question = OneQuestion(context, options)
    output = choose_output(context, options)

    def answered() -> LlmchatError | None:
        nonlocal output
        question.read()
        output = question.output(output)
        question.choose()
        signals.run(lambda: question.answer(output))
        return refusal_in(question.turn) or question.missing_picture()

    failed = failure_of(answered)
    return question.end(output, failed)


class ReadQuestion:
    """Reads the question of a command line, and prepares what is needed before sending it."""

    def __init__(self, context: Context, options: AskOptions) -> None:
        self._context = context
        self._options = options
        self._draft = PromptDraft(Prompt())
        self._follow_up: FollowUp | None = None
        self._policy: Admit | None = None

    def read(self) -> None:
        """Reads the question before the event loop runs, so that Ctrl-C can interrupt reading
        stdin."""
        self._context, self._draft, self._follow_up = read_asked(self._context, self._options)
        if self._options.edits:
            from llmchat.app.ask.input.edited import edited  # only for --edit

            self._draft = edited(self._context, self._draft)

    async def _completed(self, context: Context, draft: PromptDraft) -> Question:
        compacts = context.settings.text("compact") != "off"
        return await complete(context, draft, before=self._before, compacts=compacts)

    @property
    def _before(self) -> Sequence[str]:
        """The earlier texts of the conversation that are sent with the question."""
        return self._follow_up.texts if self._follow_up else ()

    async def _admit(self, candidate: Candidate, request: Request) -> None:
        if self._policy is None:
            from llmchat.app.ask.third_party import ThirdPartyPolicy  # its patterns take 2 ms

            allowed = self._options.allow_secrets
            self._policy = ThirdPartyPolicy(self._context, allow_secrets=allowed)
        await self._policy(candidate, request)


class OneQuestion(ReadQuestion):
    """One question from reading to the end; what is known at a failure is kept for the report."""

    def __init__(self, context: Context, options: AskOptions) -> None:
        super().__init__(context, options)
        self._wanted: WantedData | None = None
        self.conversation: Conversation | None = None

    @property
    def turn(self) -> Turn | None:
        return self.conversation.turn if self.conversation else None

    def read(self) -> None:
        super().read()
        if self._follow_up:
            from llmchat.app.ask.input.follow_up import with_last_provider  # only for -c and --cid

            self._context = with_last_provider(self._context, self._follow_up)
        filled = self._draft.template
        own = filled.template if filled else None
        self._wanted = read_wanted(self._context, self._options, own)

    def output(self, usual: Output) -> Output:
        """The output for the data only, if the flags or the template ask for a schema; else the
        usual one."""
        if self._wanted is None:
            return usual
        from llmchat.app.ask.output.data_output import data_output  # as above

        return data_output(self._context, self._options)

    def choose(self) -> None:
        """Lets the person choose a provider if none is set up, before anything is sent."""
        says_something = self._draft.says_something or self._options.attachments
        if says_something and needs_choice(self._context):
            from llmchat.app.ask import choice  # only for a person with nothing set up

            self._context = signals.run(lambda: choice.choose(self._context))

    async def _instructions(self, names: Sequence[str], *, tries: bool = False) -> Instructions:
        """The project's instructions; with `tries`, without asking for consent or remembering
        anything."""
        if not may_be_instructed(self._context):
            return Instructions()
        from llmchat.app.ask.input import instructions  # only if there are any

        load = instructions.try_instructions if tries else instructions.load_instructions
        return await load(self._context, names)

    @property
    def _saves(self) -> bool:
        return self._context.settings.enabled("save")

    def missing_picture(self) -> LlmchatError | None:
        target = self._options.picture_in(self._context.world.cwd)
        return require_picture(self.turn, target) if self.turn else None

    async def answer(self, output: Output) -> None:
        async with self._wanted or nullcontext():
            await self._answer(output)

    async def _answer(self, output: Output) -> None:
        context = self._context
        question = await self._completed(context, self._draft)
        providers = self._takers(question.providers)
        self._suggest_model(providers[0])
        opened = open_answerer(context, admit=self._admit, names=providers)
        target = self._options.picture_in(context.world.cwd)
        answerer = Saving(context, opened, target=target, tells=False)
        try:
            async with self._with_tools(answerer, output.aside) as asked:
                self.conversation = conversation = self._conversation(asked)
                conversation.instructions = await self._instructions(providers)
                send = partial(conversation.send, question.text, attachments=question.attachments)
                if self._follow_up:
                    from llmchat.app.ask.compaction.long_conversation import (
                        with_room,  # only for -c and --cid
                    )

                    text, admit = question.text, self._admit
                    events = await with_room(context, conversation, send, text, admit)
                else:
                    events = send()
                events = _left_behind_if_refused(conversation, events)
                if self.turn:
                    output.begin(self.turn)

                async def show(events: AsyncGenerator[Event, None]) -> None:
                    shown = context.report.with_notices(events, asked.id, aside=output.aside)
                    async with aclosing(shown):
                        await output.show(shown)

                await self._show(events, show)
        finally:
            await answerer.aclose()

    async def _show(self, events: AsyncGenerator[Event, None], show: Show) -> None:
        """Shows the answer; with a schema, asks again until one matches."""
        if self._wanted is None or self.conversation is None:
            await show(events)
            return
        from llmchat.app.ask.schema import answer_with_data  # as above

        await answer_with_data(self.conversation, events, self._wanted, show=show)

    def _takers(self, providers: Sequence[str]) -> Sequence[str]:
        """The providers that may be asked; with tools, only those that support tools."""
        if not self._options.tools:
            return providers
        from llmchat.app.calling.opening import takers  # only for -T

        return takers(providers)

    def _with_tools(
        self, answerer: Answerer, making_room: Callable[[], AbstractContextManager[object]]
    ) -> AbstractAsyncContextManager[Answerer]:
        if not self._options.tools:
            return nullcontext(answerer)
        from llmchat.app.calling.opening import desk_of, with_tools  # only for -T

        desk = desk_of(self._context, making_room)
        return with_tools(self._context, answerer, self._options, desk)

    def _suggest_model(self, provider: str) -> None:
        model = auto_model(self._context, provider)
        if model and self._context.paths.model_list(provider).exists():
            from llmchat.app.models import suggest_model  # only if a list is cached

            if line := suggest_model(self._context, provider, model):
                self._context.report.notice(line)

    def _conversation(self, answerer: Answerer) -> Conversation:
        conversation = open_conversation(
            self._context,
            answerer,
            follow_up=self._follow_up,
            model=self._context.settings.target().model,
        )
        conversation.schema = self._wanted.schema if self._wanted else None
        return conversation

    def end(self, output: Output, failed: LlmchatError | None) -> int:
        """Prints the last lines on stdout and stderr, and returns the exit code."""
        turn = self.turn
        if type(failed) is IncompleteAnswer and not self._saves:
            failed.hint = msg("ask again; an answer that is not saved cannot be continued")
        if failed:
            failed.rewrite(Mask(self._context.world.secrets))
        at_end = failure_at_end(lambda: output.end(turn, failed))
        failed = failed or at_end
        if turn:
            note_health(self._context, turn)
        self._report(turn, failed)
        return failed.exit_code if failed else 0

    def _report(self, turn: Turn | None, failed: LlmchatError | None) -> None:
        report = self._context.report
        if turn:
            tell_places(self._context, turn, self._options.picture_in(self._context.world.cwd))
        if turn and self._context.settings.enabled("usage"):
            report.usage(usage_line(self._context, turn))
        if self.conversation and self.conversation.warning:
            report.warning(self.conversation.warning)
        if turn and (cut := length_notice(turn, hint="-c" if self._saves else "")):
            report.notice(cut)
        if failed:
            report.error(failed)


def open_conversation(
    context: Context, answerer: Answerer, *, follow_up: FollowUp | None, model: str = ""
) -> Conversation:
    """A new conversation, or the one that is continued."""
    settings = context.settings
    kept = context.history if settings.enabled("save") else None
    conversation = Conversation(
        answerer,
        context.history if follow_up else kept,
        model=model,
        system=own_system(context, follow_up) or "",
        stream=settings.enabled("stream"),
        ticks=context.world.clock.ticks,
    )
    if follow_up:
        conversation.resume(follow_up.row)
    conversation.history = kept  # it may be read to continue it, but not added to
    return conversation


async def _left_behind_if_refused(
    conversation: Conversation, events: AsyncGenerator[Event, None]
) -> AsyncGenerator[Event, None]:
    """A question that is refused as too long stays in the tree, as in the session: sent along, it
    would make every later one too long."""
    try:
        async with aclosing(events):
            async for event in events:
                yield event
    except TooLong:
        turn = conversation.turn
        if turn and not (turn.reached_nobody or turn.text or turn.calls):
            conversation.undo()
        raise


def own_system(context: Context, follow_up: FollowUp | None) -> str | None:
    """The system message of this run; None keeps that of the continued conversation."""
    system = context.settings.get("system")
    if follow_up and system.origin.source != "flag":
        return None
    return str(system.value)
