"""Runs a checked batch: opens the services, shows the progress, and ends cleanly."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import TYPE_CHECKING

from llmchat.app.ask.candidates import NEXT_STEP, auto_model
from llmchat.app.ask.output.outcome import note_health
from llmchat.app.ask.output.pictures import Saving
from llmchat.app.batch.answers import Asking, OneAnswer, answer_one
from llmchat.app.batch.jobs import Jobs
from llmchat.app.batch.pacing import Budget, Paced
from llmchat.app.batch.plan import USUAL_JOBS
from llmchat.app.batch.results import FileOrStdout
from llmchat.app.batch.tally import Tally
from llmchat.app.run import signals
from llmchat.app.run.streams import is_terminal
from llmchat.errors import Interrupted, LlmchatError, SecretRefused
from llmchat.failover import Admit, Answerer, Candidate, Failover
from llmchat.language import all_of, msg
from llmchat.providers import access_of
from llmchat.system.tasks import end_task
from llmchat.values.events import Alert, Notice
from llmchat.values.messages import Message, Request
from llmchat.values.secret import Mask

if TYPE_CHECKING:
    from llmchat.app.batch.input.questions import RowQuestion
    from llmchat.app.batch.plan import Plan
    from llmchat.app.batch.results import Results
    from llmchat.providers.base import Provider
    from llmchat.render.stderr.batch_bar import BatchBar
    from llmchat.values.turn import Turn

MOST_NOTICES = 20  # different ones; services repeat theirs with every answer
FRAME = 0.25  # seconds between two updates of the bar


class BatchRun:
    """A run; what is known at a failure is kept for the summary."""

    def __init__(self, plan: Plan, results: Results | None) -> None:
        """`results` takes the lines if the plan names no file for them."""
        self._plan = plan
        self._context = plan.context
        stdout = plan.context.world.stdout
        self._results = results or FileOrStdout(plan.results, stdout, self._hide_bar)
        self._tally = Tally(plan.to_ask, plan.checked.answered)
        self._budgets: list[Budget] = []
        self._providers: list[Provider] = []
        self._jobs: Jobs | None = None
        self._bar: BatchBar | None = None
        self._last: Turn | None = None
        self._told: set[str] = set()
        self._interrupted = False
        self._allows_secrets = False

    def run(self) -> int:
        """Runs the batch; prints the summary and returns the exit code, however it ends."""
        clock = self._context.world.clock.ticks
        began = clock()
        failed: LlmchatError | None = None
        try:
            signals.run(self._asked_all, gently=self._interrupt)
            failed = self._failure()
        except LlmchatError as error:
            failed = self._resumable(error) if isinstance(error, Interrupted) else error
        if self._last:
            note_health(self._context, self._last)
        if self._jobs or not self._plan.to_ask:
            self._context.report.notice(self._tally.summary(clock() - began))
        if failed:
            failed.rewrite(Mask(self._context.world.secrets))
            self._context.report.error(failed)
        return failed.exit_code if failed else 0

    def _failure(self) -> LlmchatError | None:
        if self._interrupted:
            return self._resumable(Interrupted())
        fatal = self._jobs.fatal if self._jobs else None
        return fatal or self._tally.error(resumable=self._plan.out is not None)

    def _resumable(self, stopped: Interrupted) -> Interrupted:
        if self._plan.out:
            stopped.hint = msg("to continue: the same command with --resume")
        return stopped

    async def _asked_all(self) -> None:
        plan = self._plan
        if not plan.to_ask:
            return
        answerer = self._open()
        try:
            await self._admit()
            await plan.questions.fetch_shared()
            history = self._context.history if plan.options.save else None
            async with (
                plan.wanted or nullcontext(),  # raises if it is not a schema
                self._with_tools(answerer) as asked,
            ):
                if plan.out:
                    plan.out.open(failed=plan.failed_before)
                tell, told = self._tell, plan.instructions
                await self._work(Asking(self._context, asked, history, tell, plan.wanted, told))
        finally:
            await answerer.aclose()

    def _with_tools(self, answerer: Answerer) -> AbstractAsyncContextManager[Answerer]:
        """One set of tools for all prompts; the person is never asked in the middle of a batch."""
        if not self._plan.options.tools:
            return nullcontext(answerer)
        from llmchat.app.calling.opening import with_allowed_tools  # only for -T

        return with_allowed_tools(self._context, answerer, self._plan.options)

    async def _work(self, asking: Asking) -> None:
        plan, options = self._plan, self._plan.options

        async def answer(question: RowQuestion) -> OneAnswer:
            try:
                if question.unfetched:
                    question = await plan.questions.fetched(question)
                    self._check_page(question)
            except LlmchatError as error:  # of a page that cannot be fetched
                return OneAnswer(None, error, 0)
            return await answer_one(asking, question)

        self._jobs = Jobs(
            plan.pending(),
            self._results,
            answer,
            self._done,
            stopping=self._let_go,
            ordered=options.ordered,
            fail_fast=options.fail_fast,
        )
        shows = plan.out is not None or not is_terminal(self._context.world.stdout)
        with self._context.report.batch_bar(shown=shows) as self._bar:
            drawing = asyncio.create_task(self._draw())
            try:
                await self._jobs.run(min(self._job_count(), plan.to_ask))
            finally:
                await end_task(drawing)

    def _open(self) -> Answerer:
        """The answerer; with a budget, the cost of every prompt is checked and recorded without
        asking the person."""
        context = self._context
        if not context.settings.has_budget:
            return Saving(context, self._services(_admitted), tells=False)
        from llmchat.app.ask.budget import BudgetPolicy  # only for who has one
        from llmchat.app.ask.spending_notes import Counted
        from llmchat.app.terminal.consent import refuses

        policy = BudgetPolicy(context, consent=refuses)
        check = policy.check if len(self._plan.names) == 1 else None
        return Saving(context, Counted(context, self._services(policy), check), tells=False)

    def _services(self, admit: Admit) -> Answerer:
        """A single service, or several with fallback."""
        names, context = self._plan.names, self._context
        paced = {name: self._paced(name) for name in names}
        if len(names) == 1:
            return paced[names[0]]
        candidates = [
            Candidate(name, access_of(name), paced[name].itself, auto_model(context, name))
            for name in names
        ]
        ticks = context.world.clock.ticks
        return Failover(candidates, admit=admit, ticks=ticks, hint=NEXT_STEP)

    def _paced(self, name: str) -> Paced:
        provider = self._context.provider(name)
        budget = Budget(self._plan.options.jobs or USUAL_JOBS)
        self._budgets.append(budget)
        self._providers.append(provider)
        return Paced(provider, budget, replaceable=name != self._plan.names[-1])

    def _job_count(self) -> int:
        """The number of jobs; one for a key with one stream, whatever --jobs says."""
        wanted = self._plan.options.jobs
        provider = self._providers[0]
        if not provider.one_stream:
            return wanted or USUAL_JOBS
        if wanted and wanted > 1 and provider.access == "key":
            self._context.report.notice(msg("a personal key has one stream at a time: using 1 job"))
            return 1
        return wanted or 1

    async def _admit(self) -> None:
        """Asks and tells the person everything needed before the first prompt is sent, never in the
        middle of a batch."""
        from llmchat.app.ask.third_party import ThirdPartyPolicy  # its patterns take 2 ms

        plan = self._plan
        suspect = plan.checked.suspect
        question = suspect.question if suspect else plan.checked.first
        assert question is not None  # there is at least one prompt to ask
        text = f"{question.system}\n{plan.instructions.text}\n{question.text}"
        message = Message("user", text, question.attachments)
        request = Request(question.model, (message,))
        if suspect and is_terminal(self._context.world.stderr):
            self._context.report.notice(msg("{where} looks like a secret", where=suspect.where))
        if self._context.settings.has_budget:
            from llmchat.app.ask.budget import BudgetPolicy  # only for who has one

            for name in plan.names:
                await BudgetPolicy(self._context).check(name)
        policy = ThirdPartyPolicy(self._context, allow_secrets=plan.options.allow_secrets)
        for name in plan.names:
            candidate = Candidate(name, access_of(name), lambda: self._providers[0])
            try:
                await policy(candidate, request)
            except SecretRefused as error:
                where = suspect.where if suspect else ""
                raise SecretRefused(
                    msg("{where}: {message}", where=where, message=error.message), hint=error.hint
                ) from error
        self._allows_secrets = plan.options.allow_secrets or suspect is not None
        self._providers[0].prepare(request)  # raises if not signed in, or for an unknown model

    def _check_page(self, question: RowQuestion) -> None:
        """Checks the text of a fetched page for secrets; the person cannot be asked any more."""
        if not self._plan.scans or self._allows_secrets:
            return
        from llmchat.privacy.secrets import secrets_in  # its patterns take 2 ms

        if found := secrets_in(question.text):
            what = all_of(found)
            problem = msg(
                "not sent: a page contains {what}, and a third-party service would read it",
                what=what,
            )
            raise SecretRefused(problem, hint=msg("use your own provider, or pass --allow-secrets"))

    def _interrupt(self) -> bool:
        """Handles the first Ctrl-C: starts no other prompt, and lets the running ones finish."""
        if self._interrupted or self._jobs is None:
            return False
        self._interrupted = True
        self._jobs.stop()
        running = sum(budget.running for budget in self._budgets)
        if running:
            which = msg("the running prompt")
            if running > 1:
                which = msg("{running} running prompts", running=running)
            self._say(msg("finishing {which}; press Ctrl-C again to stop now", which=which))
        return True

    def _let_go(self) -> None:
        """Closes the budgets, so that prompts waiting for the service are not sent."""
        for budget in self._budgets:
            budget.close()

    def _done(self, question: RowQuestion, answer: OneAnswer) -> None:
        self._tally.count(answer)
        self._last = answer.turn or self._last

    def _tell(self, notice: Notice) -> None:
        """Prints a notice once, because it comes with every answer. Notices are shown only to a
        person, alerts always."""
        line, alert = notice.text, isinstance(notice, Alert)
        if line in self._told or (len(self._told) >= MOST_NOTICES and not alert):
            return
        self._told.add(line)
        if alert:
            self._hide_bar()
            self._context.report.warning(line)
        elif is_terminal(self._context.world.stderr):
            self._say(line)

    def _say(self, line: str) -> None:
        self._hide_bar()
        self._context.report.notice(line)

    def _hide_bar(self) -> None:
        if self._bar:
            self._bar.hide()

    async def _draw(self) -> None:
        while self._bar:
            tally = self._tally
            resting = max(budget.resting() for budget in self._budgets)
            self._bar.draw(tally.done, tally.total, tally.failed, tally.tokens, resting)
            await asyncio.sleep(FRAME)


async def _admitted(candidate: Candidate, request: Request) -> None:
    """Admits every request, because the check was made before the first prompt."""
