"""One question, one answer: `llmchat ask`."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from llmchat.app import signals
from llmchat.app.candidates import auto_model, open_answerer
from llmchat.app.context import Context
from llmchat.app.output import Output, choose_output
from llmchat.app.pictures import is_picture_name, require_picture, saving, tell_places
from llmchat.app.question import PromptDraft, completed, read_draft
from llmchat.app.streams import is_unwritable, unwritable
from llmchat.app.third_party import ThirdPartyPolicy
from llmchat.app.tokens import TokenCount, count_tokens
from llmchat.conversation import Conversation
from llmchat.errors import Filtered, Interrupted, LlmchatError
from llmchat.failover import Answerer
from llmchat.inputs.prompt import Prompt
from llmchat.settings.values import Setting
from llmchat.turn import Turn

if TYPE_CHECKING:
    from llmchat.app.follow_up import FollowUp

CLOSED_PIPE = 141
Form = Literal["", "json", "jsonl", "raw", "markdown"]


@dataclass(frozen=True, slots=True)
class AskOptions:
    """What the command line of `ask` says beside the settings."""

    words: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()
    continued: bool = False
    cid: str = ""
    allow_secrets: bool = False
    form: Form = ""
    extract: int | None = None  # the number of a code block; -1 is the last
    output: str = ""

    def picture_in(self, cwd: Path) -> Path | None:
        """Where the picture goes, if -O names one."""
        return cwd / self.output if is_picture_name(self.output) else None


def ask(context: Context, asked: AskOptions) -> int:
    """Asks, shows and keeps; the exit code says how it ended."""
    job = Job(context, asked)
    output = choose_output(context, asked)
    failed: LlmchatError | None = None
    try:
        job.read()
        signals.run(lambda: job.answer(output))
        failed = refusal_in(job.turn) or job.missing_picture()
    except LlmchatError as error:
        failed = error
    except KeyboardInterrupt:  # while stdin was waited for
        failed = Interrupted()
    except BrokenPipeError:
        return CLOSED_PIPE
    except OSError as error:
        if not is_unwritable(error):
            raise
        failed = unwritable(error)
    return job.end(output, failed)


def count_question(context: Context, asked: AskOptions) -> int:
    """`--count`: how many tokens would be sent. Nothing is asked and nothing is kept."""
    job = Job(context, asked)
    job.read()
    counted = signals.run(job.count)
    if asked.form == "json":
        import json  # 4 ms, only for a program

        context.print(json.dumps(asdict(counted)))
        return 0
    if not counted.exact:
        context.report.notice(f"an estimate; {counted.provider or 'the service'} does not count")
    context.print(str(counted.tokens))
    return 0


class Job:
    """What was found out so far is there when something fails."""

    def __init__(self, context: Context, asked: AskOptions) -> None:
        self._context = context
        self._asked = asked
        self._draft = PromptDraft(Prompt())
        self._follow_up: FollowUp | None = None
        self.conversation: Conversation | None = None

    @property
    def turn(self) -> Turn | None:
        return self.conversation.turn if self.conversation else None

    def read(self) -> None:
        """Before the event loop runs: a Ctrl-C must end a waiting stdin."""
        asked = self._asked
        ref = asked.cid or ("last" if asked.continued else "")
        if ref:
            from llmchat.app.follow_up import (  # only for -c and --cid
                find_follow_up,
                with_last_provider,
            )

            self._follow_up = find_follow_up(self._context, ref)
        self._context, self._draft = read_draft(
            self._context,
            asked.words,
            files=asked.files,
            attachments=asked.attachments,
            follows=bool(ref),
        )
        if self._follow_up:
            self._context = with_last_provider(self._context, self._follow_up)

    async def count(self) -> TokenCount:
        context = self._context
        before = self._follow_up.texts if self._follow_up else ()
        question = await completed(context, self._draft, before=before)
        system = context.settings.text("system")
        if self._follow_up and context.settings.get("system").origin.source != "flag":
            system = self._follow_up.row.system
        name = question.providers[0]
        model = auto_model(context, name)
        return await count_tokens(context, name, model, [system, *before, question.text])

    def missing_picture(self) -> LlmchatError | None:
        target = self._asked.picture_in(self._context.world.cwd)
        return require_picture(self.turn, target) if self.turn else None

    async def answer(self, output: Output) -> None:
        context, asked = self._context, self._asked
        before = self._follow_up.texts if self._follow_up else ()
        question = await completed(context, self._draft, before=before)
        self._doubt(question.providers[0])
        admission = ThirdPartyPolicy(context, allow_secrets=asked.allow_secrets)
        opened = open_answerer(context, admit=admission, names=question.providers)
        asks = saving(context, opened, target=asked.picture_in(context.world.cwd))
        try:
            self.conversation = self._conversation(asks)
            events = self.conversation.send(question.text, attachments=question.attachments)
            if self.turn:
                output.begin(self.turn)
            async with aclosing(context.report.with_notices(events, waiting_for=asks.id)) as told:
                await output.show(told)
        finally:
            await asks.aclose()

    def _doubt(self, provider: str) -> None:
        model = auto_model(self._context, provider)
        if model:
            from llmchat.app.models import suggest_model  # only for -m

            line = suggest_model(self._context, provider, model)
            if line:
                self._context.report.notice(line)

    def _conversation(self, asks: Answerer) -> Conversation:
        context = self._context
        settings = context.settings
        kept = context.history if settings.enabled("save") else None
        system = settings.get("system")
        if self._follow_up:
            begin = partial(Conversation.resume, context.history, self._follow_up.row, asks)
            if system.origin.source != "flag":
                system = Setting("system", "")  # it keeps its own
        else:
            begin = partial(Conversation, asks, kept)
        conversation = begin(
            provider_name=asks.id,
            model=settings.target().model,
            system=str(system.value),
            stream=settings.enabled("stream"),
            ticks=context.world.clock.ticks,
        )
        conversation.history = kept  # what is continued may be read and yet not be added to
        return conversation

    def end(self, output: Output, failed: LlmchatError | None) -> int:
        """The last words on both streams, and the exit code."""
        turn = self.turn
        try:
            output.end(turn, failed)
        except BrokenPipeError:
            return CLOSED_PIPE
        except LlmchatError as error:
            failed = failed or error
        except OSError as error:
            failed = failed or unwritable(error)
        if turn:
            note_health(self._context, turn)
        self._report(turn, failed)
        return failed.exit_code if failed else 0

    def _report(self, turn: Turn | None, failed: LlmchatError | None) -> None:
        report = self._context.report
        if turn:
            tell_places(self._context, turn, self._asked.picture_in(self._context.world.cwd))
        if turn and self._context.settings.enabled("usage"):
            report.warning(usage_line(turn))
        if self.conversation and self.conversation.warning:
            report.warning(self.conversation.warning)
        if turn and turn.finish_reason == "length":
            report.notice("the answer ends at the model's length limit; -c goes on")
        if failed:
            report.error(failed)


def note_health(context: Context, turn: Turn) -> None:
    """How each one did, for the order of `auto`."""
    if all(attempt.provider == "demo" for attempt in turn.attempts):
        return
    now = context.world.clock.now()
    *before, last = turn.attempts
    for attempt in before:
        context.health.record(attempt.provider, attempt.outcome, None, now)
    context.health.record(last.provider, last.outcome, turn.first_token_ms, now)


def refusal_in(turn: Turn | None) -> LlmchatError | None:
    """A whole answer that is none: the filter's canned text."""
    if turn and turn.finish_reason == "filter":
        return Filtered("the service's content filter refused", hint="say it in other words")
    return None


def usage_line(turn: Turn) -> str:
    """`gigachat/GigaChat-2: 17 + 25 = 42 tokens (2 cached), first after 0.3 s, all in 1.2 s`."""
    usage = turn.usage
    who = f"{turn.provider}/{turn.model or turn.requested_model or '?'}"
    parts = [f"{who}: tokens not reported"]
    if usage.total_tokens is not None or usage.completion_tokens is not None:
        counts = (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens)
        asked, said, total = ("?" if count is None else count for count in counts)
        cached = f" ({usage.cached_tokens} cached)" if usage.cached_tokens else ""
        parts = [f"{who}: {asked} + {said} = {total} tokens{cached}"]
    if turn.first_token_ms is not None:
        parts.append(f"first after {turn.first_token_ms / 1000:.1f} s")
    if turn.total_ms is not None:
        parts.append(f"all in {turn.total_ms / 1000:.1f} s")
    return ", ".join(parts)
