"""`batch --dry-run`: shows the number of prompts, and the first request that would be sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmchat.app.ask.dry_run import DryRun
from llmchat.app.batch.answers import Asking, conversation_about
from llmchat.language import msg

if TYPE_CHECKING:
    from llmchat.app.batch.plan import Plan


async def show_first(plan: Plan) -> int:
    """Shows the first request; nothing is sent."""
    checked, report = plan.checked, plan.context.report
    count, answered, first = checked.prompts, checked.answered, checked.first
    prompts = msg("1 prompt") if count == 1 else msg("{prompts:,} prompts", prompts=count)
    before = msg(", {answered:,} answered before", answered=answered) if answered else ""
    some = msg(", {to_ask:,} to ask", to_ask=plan.to_ask) if plan.to_ask != count else ""
    end = msg("; the first request:") if first else ""
    report.notice(
        msg(
            "{prompts} in {name}{before}{some}{end}",
            prompts=prompts,
            name=plan.source.name,
            before=before,
            some=some,
            end=end,
        )
    )
    if first is None:
        return 0
    answerer = DryRun(plan.context, plan.names[0])
    told = plan.instructions
    asking = Asking(plan.context, answerer, None, lambda notice: None, plan.wanted, told)
    conversation = conversation_about(asking, first)
    events = conversation.send(first.text, attachments=first.attachments)
    await answerer.show(events, json=False)
    return 0
