"""Which notices about daily budgets were shown in a run, and what the person answered."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field


@dataclass(slots=True)
class BudgetAnswers:
    """Shared by all requests of the run, so that several at once ask only one question. The budgets
    are the values of app/ask/budget.py."""

    told: set[object] = field(default_factory=set)
    allowed: set[object] = field(default_factory=set)
    refusals: int = 0
    asking: asyncio.Lock = field(default_factory=asyncio.Lock)
