"""Many prompts from a file: `llmchat batch`.

Why: docs/decisions/0126-batch.md.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from llmchat.app.batch.plan import Plan
from llmchat.app.batch.results import StdoutLines
from llmchat.app.run import signals
from llmchat.app.run.streams import open_stdout

if TYPE_CHECKING:
    from llmchat.app.batch.plan import BatchOptions
    from llmchat.app.run.context import Context


def batch(context: Context, options: BatchOptions) -> int:
    """Asks all prompts; returns the exit code."""
    options.check()
    results = None if options.out else StdoutLines(open_stdout(context.world.stdout))
    with ExitStack() as opened:
        plan = Plan.made(context, options, opened)
        if options.dry_run:
            from llmchat.app.batch.dry_run import show_first  # only for --dry-run

            return signals.run(lambda: show_first(plan))
        # Loads the network code, not needed to refuse a wrong input.
        from llmchat.app.batch.run import BatchRun

        return BatchRun(plan, results).run()
