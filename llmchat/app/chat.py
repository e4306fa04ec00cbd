"""A conversation at a terminal: `llmchat chat`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

from llmchat.app import signals
from llmchat.app.chat_services import ChatServices
from llmchat.app.follow_up import find_follow_up, going_on
from llmchat.app.question import Draft, completed, read_draft
from llmchat.app.run import Run
from llmchat.app.terminal import is_colored, is_terminal
from llmchat.errors import UsageError
from llmchat.render.plain import Plain
from llmchat.store.paths import home_folder

if TYPE_CHECKING:
    from llmchat.repl.outside import Beginning, Outside, Renderer

NOT_HERE = 'llmchat ask "your question" works in pipes and scripts'


@dataclass(frozen=True, slots=True)
class Chatted:
    """What the command line of `chat` says beside the settings."""

    words: tuple[str, ...] = ()
    continued: bool = False
    cid: str = ""
    resume: bool = False
    allow_secrets: bool = False

    @property
    def ref(self) -> str:
        return self.cid or ("last" if self.continued else "")


def chat(run: Run, chatted: Chatted) -> int:
    """Talks until the person leaves."""
    screen = _screen(run)
    with _keys(run, screen) as keys:
        ref = chatted.ref
        follow_up = find_follow_up(run, ref) if ref else None
        run, draft = read_draft(run, chatted.words, files=(), attachments=(), follows=bool(ref))
        run = going_on(run, follow_up) if follow_up else run
        run.settings.target()  # an unknown name is told before anything is drawn
        signals.run(lambda: _talk(run, chatted, draft, keys=keys, screen=screen))
    return 0


async def _talk(run: Run, chatted: Chatted, draft: Draft, *, keys: TextIO, screen: TextIO) -> None:
    from llmchat.repl.sitting import sit  # prompt_toolkit: 40 ms

    await sit(
        _outside(run, chatted, screen),
        await _beginning(run, chatted, draft),
        keys=keys,
        screen=screen,
        color=is_colored(screen, run.world.environ, run.settings.text("color")),
    )


async def _beginning(run: Run, chatted: Chatted, draft: Draft) -> Beginning:
    from llmchat.repl.outside import Beginning

    ref = chatted.ref
    template = draft.template
    whole = template is not None and not template.takes_input and bool(template.body.strip())
    if draft.prompt.is_empty and not whole:  # a template that waits for its text
        return Beginning(ref=ref, pick=chatted.resume)
    question = await completed(run, draft)
    return Beginning(question.text, question.attachments, ref, pick=chatted.resume)


def _outside(run: Run, chatted: Chatted, screen: TextIO) -> Outside:
    from llmchat.repl.outside import Outside

    settings, world = run.settings, run.world
    keeps = settings.enabled("save")
    target = settings.target()
    services = ChatServices(run, allow_secrets=chatted.allow_secrets)
    return Outside(
        services=services,
        report=run.report,
        renderer=lambda: _renderer(run, screen),
        history=run.history if keeps or chatted.ref else None,
        fetch=services.fetch,
        environ=world.environ,
        cwd=world.cwd,
        home=home_folder(world.environ),
        drafts=run.paths.drafts if keeps else None,
        input_history=run.paths.repl_history if keeps else None,
        provider=target.provider,
        model=target.model,
        system=settings.text("system"),
        asked_system=str(run.flags.get("system") or ""),
        stream=settings.enabled("stream"),
        vi=settings.text("editing") == "vi",
        usage=settings.enabled("usage"),
        max_input=int(settings.get("max_input").value),
        large_input=int(settings.get("large_input").value),
        ticks=world.clock.ticks,
        now=world.clock.now,
    )


def _renderer(run: Run, screen: TextIO) -> Renderer:
    if run.world.environ.get("TERM") == "dumb":
        return Plain(screen, tty=True)
    return run.live(screen)


def _screen(run: Run) -> TextIO:
    if not is_terminal(run.world.stdout):
        raise UsageError("chat needs a terminal to write to", hint=NOT_HERE)
    return run.world.stdout


@contextmanager
def _keys(run: Run, screen: TextIO) -> Iterator[TextIO]:
    """stdin, or the screen's own terminal when stdin brings the first message."""
    if is_terminal(run.world.stdin):
        yield run.world.stdin
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
