"""Daily budgets in money or tokens. At a limit: first a warning, then a question, or in a script a
refusal.

Why: docs/decisions/0147-a-budget-counts-every-answer.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from llmchat.app.ask.spending_notes import today
from llmchat.app.history.spending import KEYS, Spent, by, money, total
from llmchat.app.run.context import Context
from llmchat.app.terminal.consent import Consent, can_ask, consents
from llmchat.errors import BudgetExceeded, StorageError
from llmchat.failover import Admit, Candidate
from llmchat.language import msg
from llmchat.privacy.introductions import Introductions
from llmchat.providers import access_of
from llmchat.settings.prices import PriceTable, price_table
from llmchat.settings.values import TOKENS, parse_budget
from llmchat.store.history.figures.spending import UsageTally
from llmchat.store.state.spent import SpentToday
from llmchat.values.messages import Request

NEARLY = 0.8  # of a budget; from here on a warning is shown
TODAY = 1  # day


@dataclass(frozen=True, slots=True)
class DayBudget:
    """An amount per day, for one provider, or for all if none is named."""

    amount: float
    unit: str  # TOKENS or a currency
    provider: str = ""

    def spent(self, whole: Spent) -> float:
        return float(whole.tokens) if self.unit == TOKENS else whole.costs.get(self.unit, 0.0)

    def shown(self, amount: float) -> str:
        return (
            msg("{amount:,.0f} tokens", amount=amount)
            if self.unit == TOKENS
            else money(amount, self.unit)
        )

    def __str__(self) -> str:
        return msg("today's budget of {amount}", amount=self.whole)

    @property
    def whole(self) -> str:
        """The amount, and the provider it is for."""
        amount = self.shown(self.amount)
        if not self.provider:
            return amount
        return msg("{amount} for {provider}", amount=amount, provider=self.provider)


class BudgetPolicy:
    """Checks the budgets before each request; what the person allowed once is allowed for the whole
    run."""

    def __init__(
        self, context: Context, admit: Admit | None = None, *, consent: Consent | None = None
    ) -> None:
        self._context = context
        self._admit = admit
        self._consent = consent or partial(consents, context)
        self._is_answered = consent is not None or can_ask(context)
        self._prices = price_table(context.settings.document)
        self._answers = context.resources.budget_answers

    async def __call__(self, candidate: Candidate, request: Request) -> None:
        await self.check(candidate.name)
        if self._admit:
            await self._admit(candidate, request)

    async def check(self, provider: str) -> None:
        for budget in self._budgets(provider):
            tallies = [t for t in self._spent() if budget.provider in ("", t.provider)]
            self._tell_of_uncounted(budget, tallies)
            await self._weigh(budget, budget.spent(total(tallies, self._prices)))

    def _spent(self) -> list[UsageTally]:
        context = self._context
        spent = SpentToday(context.paths.spent)
        try:
            return spent.tallies(today(context), lambda: context.history.tallies(days=TODAY))
        except (StorageError, OSError):  # reported when an answer cannot be recorded
            return context.history.tallies(days=TODAY)

    def _budgets(self, provider: str) -> list[DayBudget]:
        """The budgets that a request to this provider counts towards; money only if the provider
        charges."""
        settings = self._context.settings
        given = (("", settings.text("budget")), (provider, settings.of(provider, "budget").value))
        found = [DayBudget(*parse_budget(text), name) for name, text in given if text]
        charges = _charges(provider, self._prices)
        return [budget for budget in found if charges or budget.unit == TOKENS]

    async def _weigh(self, budget: DayBudget, spent: float) -> None:
        answers = self._answers
        if budget in answers.allowed or spent < NEARLY * budget.amount:
            return
        if spent < budget.amount:
            if budget not in answers.told:
                answers.told.add(budget)
                self._context.report.notice(
                    msg("{shown} of {budget} is used", shown=budget.shown(spent), budget=budget)
                )
            return
        used = budget.shown(spent)
        line = msg("{budget} is used up ({shown})", budget=budget, shown=used)
        begun = msg(
            "Today's budget of {amount} is used up ({shown})", amount=budget.whole, shown=used
        )
        if self._is_answered and await self._agreed(budget, begun):
            return
        place = f"providers.{budget.provider}.budget" if budget.provider else "budget"
        hint = msg(
            "wait until tomorrow, or raise {place}: llmchat config set {place} ...", place=place
        )
        raise BudgetExceeded(msg("not sent: {line}", line=line), hint=hint)

    async def _agreed(self, budget: DayBudget, line: str) -> bool:
        """Asks the person; requests that wait at the same time share one question."""
        answers = self._answers
        before = answers.refusals
        async with answers.asking:
            if budget in answers.allowed or answers.refusals > before:
                return budget in answers.allowed
            if await self._consent(msg("{line}. Ask anyway?", line=line)):
                answers.allowed.add(budget)
                return True
            answers.refusals += 1
            return False

    def _tell_of_uncounted(self, budget: DayBudget, tallies: list[UsageTally]) -> None:
        """Warns once per provider whose cost is unknown or in another currency."""
        told = Introductions(self._context.paths.notices, self._context.report.warning)
        for (name,), spent in by(tallies, KEYS["provider"], self._prices).items():
            if budget.unit == TOKENS or not _charges(name, self._prices):
                continue
            other = any(currency != budget.unit for currency in spent.costs)
            if not (spent.unpriced or other):
                continue
            key = f"budget in {budget.unit} {name}"
            what = (
                msg("answers from {name} are billed in another currency", name=name)
                if other
                else _unknown(name)
            )
            line = msg(
                "{what}; the budget in {unit} does not count them", what=what, unit=budget.unit
            )
            if told.is_new(key) and self._context.report.notice(line):
                told.remember(key)


def _unknown(name: str) -> str:
    return msg(
        "the cost of some answers from {name} is unknown ([prices] in config.toml)", name=name
    )


def _charges(provider: str, prices: PriceTable) -> bool:
    """Whether the provider has a key or a price in the settings."""
    priced = any(row.startswith(f"{provider}/") for row in prices.rows)
    return access_of(provider) == "key" or priced
