"""The plan of a batch: its options, provider and input, all checked in advance.

The whole input is checked before anything is sent, and read a second time while it is asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from llmchat.app.ask.candidates import AUTO, candidate_names, needs_choice
from llmchat.app.ask.input.question import QuestionOptions, may_be_instructed, read_wanted
from llmchat.app.batch.input.questions import Questions, RowQuestion, answer_key
from llmchat.app.batch.input.rows import rows_of, unknown_key
from llmchat.app.batch.input.source import BatchInput, open_source
from llmchat.app.batch.input.wording import Wording
from llmchat.app.batch.results import OutFile
from llmchat.app.run import signals
from llmchat.errors import EmptyPrompt, UsageError
from llmchat.language import msg
from llmchat.providers import access_of
from llmchat.store.disk_backed_set import DiskBackedSet
from llmchat.values.messages import Instructions

if TYPE_CHECKING:
    from llmchat.app.ask.schema import WantedData
    from llmchat.app.run.context import Context

MOST_JOBS = 64
USUAL_JOBS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchOptions(QuestionOptions):
    """The options of `batch`; a tool runs only if `allow` names it."""

    file: str
    format: str = ""
    out: str = ""
    jobs: int | None = None
    resume: bool = False
    limit: int | None = None
    fail_fast: bool = False
    ordered: bool = False
    save: bool = False
    dry_run: bool = False

    def check(self) -> None:
        if self.resume and not self.out:
            raise UsageError(
                msg("--resume needs --out FILE"), hint=msg("--out answers.jsonl --resume")
            )
        for name, value, most in (("jobs", self.jobs, MOST_JOBS), ("limit", self.limit, None)):
            if value is not None and (value < 1 or (most and value > most)):
                wanted = msg("from 1 to {most}", most=most) if most else msg("1 or more")
                raise UsageError(
                    msg("--{name} must be {wanted}", name=name, wanted=wanted),
                    hint=f"--{name} {USUAL_JOBS}",
                )


@dataclass(frozen=True, slots=True)
class Suspect:
    """The first row that seems to contain a secret."""

    where: str
    question: RowQuestion


@dataclass(slots=True)
class Checked:
    """The result of the first reading."""

    prompts: int = 0
    answered: int = 0  # in earlier runs, according to the file of --out
    first: RowQuestion | None = None  # the first one to ask
    suspect: Suspect | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """A batch with its checked input."""

    context: Context
    options: BatchOptions
    source: BatchInput
    questions: Questions
    names: tuple[str, ...]
    out: OutFile | None
    wanted: WantedData | None
    instructions: Instructions
    failed_before: int = 0
    checked: Checked = field(default_factory=Checked)

    @classmethod
    def made(cls, context: Context, options: BatchOptions, opened: ExitStack) -> Plan:
        context, wording = _worded(context, options)
        source = open_source(
            options.file,
            context.world,
            format=options.format,
            limit=int(context.settings.get("max_input").value),
            is_secret=context.is_secret,
        )
        opened.callback(source.file.close)
        wanted = read_wanted(context, options, wording.template)
        context, names = _chosen(context, with_tools=bool(options.tools))
        instructions = _instructions(context, names, tries=options.dry_run)
        questions = Questions(
            context,
            source,
            wording,
            names=names,
            files=options.files,
            attachments=options.attachments,
            schema=wanted.schema.body if wanted else None,
            tools=(*options.tools, *options.allow),
            instructions=instructions.text,
        )
        out = OutFile(context.world.cwd / options.out) if options.out else None
        failed = 0
        if out:
            opened.callback(out.close)
            out.lock()
            failed = out.recall(resumes=options.resume)
        plan = cls(context, options, source, questions, names, out, wanted, instructions, failed)
        plan._check()
        return plan

    @property
    def to_ask(self) -> int:
        left = self.checked.prompts - self.checked.answered
        return left if self.options.limit is None else min(left, self.options.limit)

    @property
    def scans(self) -> bool:
        """Whether prompts are checked for secrets, because a third party would read them."""
        return any(access_of(name) == "keyless" for name in self.names)

    @property
    def results(self) -> OutFile:
        """The results file, if --out was given."""
        assert self.out is not None
        return self.out

    def pending(self) -> Iterator[RowQuestion]:
        """The questions that are still to be asked, read again from the beginning of the file."""
        asked = map(self.questions.of, rows_of(self.source))
        return islice((q for q in asked if not self._is_answered(q)), self.to_ask)

    def _is_answered(self, question: RowQuestion) -> bool:
        return self.out is not None and question.key in self.out.answered

    def _check(self) -> None:
        """Reads the input for the first time: makes the question of every row to check it, and
        keeps none."""
        found, name = self.checked, self.source.name
        with (
            DiskBackedSet() as ids,
            self.context.report.work(msg("checking {name}", name=name)) as work,
        ):
            for row in work.track(rows_of(self.source)):
                question = self.questions.of(row)
                if not ids.add(answer_key(question.id)):
                    problem = msg("the id {id!r} appears twice", id=question.id)
                    raise self.source.wrong(row.line, problem, msg("ids must differ"))
                if found.prompts < 100 and (line := unknown_key(row, self.questions.used)):
                    self.context.report.notice(line)
                self._note(question)
        if not found.prompts:
            problem = msg("there are no prompts in {name}", name=name)
            raise EmptyPrompt(problem, hint=msg("a prompt is a line, or an object or row with one"))

    def _note(self, question: RowQuestion) -> None:
        found = self.checked
        found.prompts += 1
        if self._is_answered(question):
            found.answered += 1
            return
        found.first = found.first or question
        if self.scans and not self.options.allow_secrets and found.suspect is None:
            from llmchat.privacy.secrets import secrets_in  # its patterns take 2 ms

            if secrets_in(f"{question.system}\n{question.text}"):
                found.suspect = Suspect(self.source.where(question.row.line), question)


def _worded(context: Context, options: BatchOptions) -> tuple[Context, Wording]:
    """The texts of the batch, and the context with the template's settings."""
    wording = Wording.of(context, options.words)
    flags = wording.flags(context.flags)
    return context.with_flags({**flags, "save": options.save}), wording


def _instructions(context: Context, names: tuple[str, ...], *, tries: bool) -> Instructions:
    """The project's instructions, as far as all providers may get them; the person is asked
    once."""
    if not may_be_instructed(context):
        return Instructions()
    from llmchat.app.ask.input import instructions  # only if there are any

    load = instructions.try_instructions if tries else instructions.load_instructions
    return signals.run(lambda: load(context, names))


def _chosen(context: Context, *, with_tools: bool) -> tuple[Context, tuple[str, ...]]:
    """Chooses the providers for the whole batch: the first one of `auto`, and those that --fallback
    allows after it."""
    if needs_choice(context):
        from llmchat.app.ask import choice  # only for a person with nothing set up

        asking = context
        context = signals.run(lambda: choice.choose(asking))
    first, *others = candidate_names(context)
    allowed = [name for name in others if name in context.settings.fallbacks]
    if context.settings.target().provider == AUTO:
        flags = {**context.flags, "provider": first}
        model = context.settings.target().model
        context = context.with_flags({**flags, "model": model} if model else flags)
    names = [first, *allowed]
    if with_tools:
        from llmchat.app.calling.opening import takers  # only for -T

        names = takers(names)
    return context, tuple(names)
