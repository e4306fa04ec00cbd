"""Starts and ends a session: terminal set-up, first question, saved draft, and the hint how to
resume."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from llmchat import __version__
from llmchat.app.ask.candidates import AUTO
from llmchat.app.ask.input.follow_up import find_follow_up, with_last_provider
from llmchat.app.ask.input.question import PromptDraft, Question, complete, read_draft
from llmchat.app.run import signals
from llmchat.app.run.context import Context
from llmchat.app.run.streams import is_colored, is_terminal
from llmchat.errors import UsageError
from llmchat.language import joined, msg, translated
from llmchat.render.clean import clean_line
from llmchat.render.width import cut
from llmchat.repl.options import ChatOptions
from llmchat.system.terminals import is_dumb

if TYPE_CHECKING:
    from llmchat.repl.session import Session
    from llmchat.repl.terminal import Terminal

ELSEWHERE = msg('in pipes and scripts use llmchat ask "your question"')
FIRST_WORDS = (
    msg("Enter sends; Alt-Enter or Ctrl-J starts a new line."),
    msg("Ctrl-C stops an answer and keeps what arrived; press it twice on an empty line to exit."),
    msg("Tab completes /commands, models, conversations and @files. /help lists everything."),
)


def chat(context: Context, options: ChatOptions) -> int:
    """Runs a session until the person exits."""
    screen = context.world.stdout
    if not is_terminal(screen):
        raise UsageError(msg("chat needs a terminal to write to"), hint=ELSEWHERE)
    with _keys(context, screen) as keys:
        ref = options.ref
        follow_up = find_follow_up(context, ref) if ref else None
        context, draft = read_draft(
            context, options.words, files=(), attachments=(), follows=bool(ref)
        )
        context = with_last_provider(context, follow_up) if follow_up else context
        target = context.settings.target()  # raises for an unknown name before anything is drawn
        if options.tools and target.provider != AUTO:
            from llmchat.app.calling.opening import takers  # only for -T

            takers([target.provider])
        signals.run(lambda: _run_session(context, options, draft, keys=keys, screen=screen))
    return 0


@contextmanager
def _keys(context: Context, screen: TextIO) -> Iterator[TextIO]:
    """The file that keys are read from: stdin, or the screen's terminal if stdin is the first
    message."""
    if is_terminal(context.world.stdin):
        yield context.world.stdin
        return
    try:
        # The terminal's own name, not /dev/tty, because kqueue cannot wait for that.
        name = os.ttyname(screen.fileno())
        keys = open(name, encoding="utf-8", errors="replace")  # noqa: SIM115  # closed below
    except (OSError, AttributeError) as error:  # Windows has no names for terminals
        problem = msg("chat needs a terminal to read from")
        raise UsageError(problem, hint=ELSEWHERE) from error
    with keys:
        yield keys


async def _run_session(
    context: Context, options: ChatOptions, draft: PromptDraft, *, keys: TextIO, screen: TextIO
) -> None:
    from llmchat.repl.answering.structured import use_template_schema
    from llmchat.repl.commands.conversations import resume  # prompt_toolkit: 40 ms
    from llmchat.repl.session import Session

    first = await complete(context, draft) if draft.says_something else Question("")
    session = Session(context, _terminal(context, keys, screen), options)
    if options.ref:
        session.current.adopt(context.history.find(options.ref))
        session.entered()
    if draft.template:
        await use_template_schema(session, draft.template)
    with session.terminal.raw(), _signals(SIGINT=session.interrupt, SIGCONT=session.wake):
        try:
            _greet(session, resumes=options.resume)
            if options.resume:
                await resume(session, "")
            _restore_draft(session, is_new=not (options.ref or options.resume))
            await session.run(first.text, first.attachments)
        finally:
            await session.close()
    _say_how_to_return(session)


def _terminal(context: Context, keys: TextIO, screen: TextIO) -> Terminal:
    from llmchat.repl.terminal import Terminal  # as above

    environ = context.world.environ
    obeys = not is_dumb(environ)
    if not obeys:
        # prompt_toolkit reads it, and expects too much of a terminal without a name
        os.environ["TERM"] = "dumb"
    color = obeys and is_colored(screen, environ, context.color)
    return Terminal(keys, screen, color=color, obeys_sequences=obeys)


def _greet(session: Session, *, resumes: bool) -> None:
    """Prints the heading; a conversation that is still to be chosen is not called new."""
    where = session.current.title or ("" if resumes else msg("new conversation"))
    kept = "" if session.history else msg("not saved")
    facts = (
        msg("llmchat {version}", version=__version__),
        session.current.who(),
        where,
        kept,
        "/help",
    )
    line = translated(joined("  ·  ", [fact for fact in facts if fact]))
    session.output.hint(cut(clean_line(line), session.terminal.columns))
    if session.input_history.is_first:
        for text in FIRST_WORDS:
            session.output.hint(text)


def _restore_draft(session: Session, *, is_new: bool) -> None:
    left = session.draft.take(is_new=is_new)
    if left:
        session.type_next(session.pastes.fold(left, room=10))
        session.output.hint(msg("Restored the line you had not sent."))


def _say_how_to_return(session: Session) -> None:
    if session.current.row:
        session.output.hint(msg("Resume with: llmchat chat --cid {id}", id=session.conversation.id))


@contextmanager
def _signals(**handlers: Callable[[], None]) -> Iterator[None]:
    """Installs signal handlers: a SIGINT from another process acts like Ctrl-C and ends nothing
    else."""
    if sys.platform == "win32" or threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    for name, handler in handlers.items():
        loop.add_signal_handler(signal.Signals[name], handler)
    try:
        yield
    finally:
        for name in handlers:
            loop.remove_signal_handler(signal.Signals[name])
