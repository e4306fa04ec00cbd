"""A question that is not sent: counted for `--count`, shown for `--dry-run`."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import asdict
from typing import TYPE_CHECKING

from llmchat.app.ask.ask import OneQuestion, own_system
from llmchat.app.ask.candidates import auto_model
from llmchat.app.ask.input.question import AskOptions, complete
from llmchat.app.run import signals
from llmchat.app.run.context import Context
from llmchat.language import msg

if TYPE_CHECKING:
    from llmchat.app.ask.input.token_count import TokenCount


def count_question(context: Context, options: AskOptions) -> int:
    """`--count`: prints how many tokens would be sent. Nothing is sent or saved."""
    question = UnsentQuestion(context, options)
    question.read()
    counted = signals.run(question.count)
    if options.form == "json":
        import json  # 4 ms, only for --json

        context.print(json.dumps(asdict(counted)))
        return 0
    if not counted.exact:
        who = counted.provider or msg("the service")
        context.report.notice(msg("estimated; {provider} cannot count tokens", provider=who))
    context.print(str(counted.tokens))
    return 0


def dry_run_question(context: Context, options: AskOptions) -> int:
    """`--dry-run`: shows the request that would be sent. Nothing is sent or saved."""
    context = context.with_flags({**context.flags, "save": False})
    question = UnsentQuestion(context, options)
    question.read()
    return signals.run(question.dry_run)


class UnsentQuestion(OneQuestion):
    """A question that is read like any other, but counted or shown."""

    async def count(self) -> TokenCount:
        from llmchat.app.ask.input.token_count import count_tokens  # only for --count

        context, follow_up = self._context, self._follow_up
        question = await complete(context, self._draft, before=self._before)
        system = own_system(context, follow_up)
        if follow_up and system is None:
            system = follow_up.row.system
        name = question.providers[0]
        instructions = await self._instructions(question.providers, tries=True)
        texts = [system or "", instructions.text, *self._before, question.text]
        return await count_tokens(context, name, auto_model(context, name), texts)

    async def dry_run(self) -> int:
        from llmchat.app.ask.dry_run import DryRun, unfetched  # only for --dry-run

        question = await self._completed(self._context, unfetched(self._draft))
        providers = self._takers(question.providers)
        answerer = DryRun(self._context, providers[0])
        async with (
            self._wanted or nullcontext(),  # raises if it is not a schema
            self._with_tools(answerer, nullcontext) as asked,
        ):
            conversation = self._conversation(asked)
            conversation.instructions = await self._instructions(providers, tries=True)
            if self._follow_up:
                from llmchat.app.ask.compaction.long_conversation import (
                    tell_of_room,  # only for -c and --cid
                )

                tell_of_room(self._context, conversation, question.text, self._admit)
            events = conversation.send(question.text, attachments=question.attachments)
            await answerer.show(events, json=self._options.form in ("json", "jsonl"))
        return 0
