"""`batch --dry-run`: how many prompts there are, and the first request as it would leave."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmchat.app.ask.rehearsal import Rehearsing
from llmchat.conversation import Conversation
from llmchat.language import msg

if TYPE_CHECKING:
    from llmchat.app.batch.plan import Plan


async def show_first(plan: Plan) -> int:
    """Nothing is sent."""
    checked, report = plan.checked, plan.context.report
    prompts = (
        msg("1 prompt")
        if checked.prompts == 1
        else msg("{prompts:,} prompts", prompts=checked.prompts)
    )
    before = (
        msg(", {answered:,} answered before", answered=checked.answered) if checked.answered else ""
    )
    some = msg(", {to_ask:,} to ask", to_ask=plan.to_ask) if plan.to_ask != checked.prompts else ""
    first = checked.first
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
    answerer = Rehearsing(plan.context, plan.names[0])
    conversation = Conversation(
        answerer,
        None,
        model=first.model,
        system=first.system,
        options=first.options,
        stream=plan.context.settings.enabled("stream"),
    )
    conversation.schema = plan.wanted.schema if plan.wanted else None
    conversation.instructions = plan.instructions
    events = conversation.send(first.text, attachments=first.attachments)
    await answerer.show(events, json=False)
    return 0
