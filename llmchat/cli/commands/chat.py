"""`llmchat chat`: its flags and arguments."""

from __future__ import annotations

from typing import Annotated

import typer

from llmchat.cli import options
from llmchat.cli.options import argument, flag
from llmchat.language import msg

app = options.CommandApp()


@app.add(
    "llmchat chat",
    'llmchat chat -p ollama -m llama3.2 "Let us plan a trip"',
    'git diff | llmchat chat "Review this change"',
    "llmchat chat --resume",
)
@options.with_flags
def chat(
    ctx: typer.Context,
    words: Annotated[list[str] | None, argument("The first message.")] = None,
    *,
    continue_: options.Continue = False,
    cid: options.Cid = None,
    resume: Annotated[bool, flag("--resume", "Choose a conversation to resume.")] = False,
    quiet: options.Quiet = False,
    tools: options.ToolFlags,
    service: options.ServiceFlags,
) -> int:
    """Start an interactive chat. Piped text is added to the first message."""
    from llmchat.repl import start
    from llmchat.repl.options import ChatOptions

    exclusive = {"--continue": continue_, "--cid": bool(cid), "--resume": resume}
    chosen = [name for name, wanted in exclusive.items() if wanted]
    options.check_exclusive(chosen, hint=msg("use only one of them"))
    context = options.open_context(ctx, quiet=quiet, **service.settings())
    given = ChatOptions(
        words=tuple(words or ()),
        continued=continue_,
        cid=options.named_conversation(cid),
        resume=resume,
        **tools.given(),
    )
    return start.chat(context, given)
