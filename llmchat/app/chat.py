"""A conversation at a terminal: `llmchat chat`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

from llmchat.app import signals
from llmchat.app.chat_services import ChatServices
from llmchat.app.context import Context
from llmchat.app.follow_up import find_follow_up, with_last_provider
from llmchat.app.output import with_pictures
from llmchat.app.question import PromptDraft, completed, read_draft
from llmchat.app.streams import is_colored, is_terminal
from llmchat.errors import UsageError
from llmchat.render.plain import Plain
from llmchat.store.paths import home_folder

if TYPE_CHECKING:
    from llmchat.repl.outside import Renderer, SessionHost, SessionStart

NOT_HERE = 'llmchat ask "your question" works in pipes and scripts'


@dataclass(frozen=True, slots=True)
class ChatOptions:
    """What the command line of `chat` says beside the settings."""

    words: tuple[str, ...] = ()
    continued: bool = False
    cid: str = ""
    resume: bool = False
    allow_secrets: bool = False

    @property
    def ref(self) -> str:
        return self.cid or ("last" if self.continued else "")


def chat(context: Context, chatted: ChatOptions) -> int:
    """Talks until the person leaves."""
    screen = _screen(context)
    with _keys(context, screen) as keys:
        ref = chatted.ref
        follow_up = find_follow_up(context, ref) if ref else None
        context, draft = read_draft(
            context, chatted.words, files=(), attachments=(), follows=bool(ref)
        )
        context = with_last_provider(context, follow_up) if follow_up else context
        context.settings.target()  # an unknown name is told before anything is drawn
        signals.run(lambda: _talk(context, chatted, draft, keys=keys, screen=screen))
    return 0


async def _talk(
    context: Context, chatted: ChatOptions, draft: PromptDraft, *, keys: TextIO, screen: TextIO
) -> None:
    from llmchat.repl.start import run_session  # prompt_toolkit: 40 ms

    await run_session(
        _outside(context, chatted, screen),
        await _beginning(context, chatted, draft),
        keys=keys,
        screen=screen,
        color=is_colored(screen, context.world.environ, context.settings.text("color")),
    )


async def _beginning(context: Context, chatted: ChatOptions, draft: PromptDraft) -> SessionStart:
    from llmchat.repl.outside import SessionStart

    ref = chatted.ref
    template = draft.template
    whole = template is not None and not template.takes_input and bool(template.body.strip())
    if draft.prompt.is_empty and not whole:  # a template that waits for its text
        return SessionStart(ref=ref, pick=chatted.resume)
    question = await completed(context, draft)
    return SessionStart(question.text, question.attachments, ref, pick=chatted.resume)


def _outside(context: Context, chatted: ChatOptions, screen: TextIO) -> SessionHost:
    from llmchat.repl.outside import SessionHost

    settings, world = context.settings, context.world
    keeps = settings.enabled("save")
    target = settings.target()
    services = ChatServices(context, allow_secrets=chatted.allow_secrets)
    return SessionHost(
        services=services,
        report=context.report,
        renderer=lambda: _renderer(context, screen),
        history=context.history if keeps or chatted.ref else None,
        fetch=services.fetch,
        environ=world.environ,
        cwd=world.cwd,
        home=home_folder(world.environ),
        drafts=context.paths.drafts if keeps else None,
        input_history=context.paths.repl_history if keeps else None,
        provider=target.provider,
        model=target.model,
        system=settings.text("system"),
        asked_system=str(context.flags.get("system") or ""),
        stream=settings.enabled("stream"),
        vi=settings.text("editing") == "vi",
        usage=settings.enabled("usage"),
        max_input=int(settings.get("max_input").value),
        large_input=int(settings.get("large_input").value),
        ticks=world.clock.ticks,
        now=world.clock.now,
    )


def _renderer(context: Context, screen: TextIO) -> Renderer:
    if context.world.environ.get("TERM") == "dumb":
        return Plain(screen, tty=True)
    return with_pictures(context, context.live(screen), screen)


def _screen(context: Context) -> TextIO:
    if not is_terminal(context.world.stdout):
        raise UsageError("chat needs a terminal to write to", hint=NOT_HERE)
    return context.world.stdout


@contextmanager
def _keys(context: Context, screen: TextIO) -> Iterator[TextIO]:
    """stdin, or the screen's own terminal when stdin brings the first message."""
    if is_terminal(context.world.stdin):
        yield context.world.stdin
        return
    try:
        # Its own name and not /dev/tty, which kqueue cannot wait for.
        name = os.ttyname(screen.fileno())
        keys = open(name, encoding="utf-8", errors="replace")  # noqa: SIM115  # closed below
    except (OSError, AttributeError) as error:  # Windows names no terminals
        problem = "chat needs a terminal to read from"
        raise UsageError(problem, hint=NOT_HERE) from error
    with keys:
        yield keys
