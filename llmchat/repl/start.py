"""A session from its first line to its last: the terminal taken and given back, the draft found
and kept, and how to come back told."""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from llmchat import __version__
from llmchat.render.clean import clean_line
from llmchat.repl.commands.conversations import resume
from llmchat.repl.commands.tree_view import cut
from llmchat.repl.outside import SessionHost, SessionStart
from llmchat.repl.session import Session
from llmchat.repl.terminal import Terminal

DUMB = ("", "dumb", "unknown")  # terminals that obey no sequence
FIRST_WORDS = (
    "Enter sends, Alt-Enter or Ctrl-J begins a new line.",
    "Ctrl-C stops an answer and keeps what came; on an empty line, twice, it leaves.",
    "Tab completes: /commands, models, conversations, @files. /help lists everything.",
)


async def run_session(
    host: SessionHost, beginning: SessionStart, *, keys: TextIO, screen: TextIO, color: bool
) -> None:
    obeys = host.environ.get("TERM", "") not in DUMB
    terminal = Terminal(keys, screen, color=color and obeys, obeys_sequences=obeys)
    session = Session(host, terminal)
    if beginning.ref and host.history:
        session.current.adopt(host.history.find(beginning.ref))
        session.entered()
    with terminal.raw(), _signals(SIGINT=session.interrupt, SIGCONT=session.wake):
        try:
            _greet(session)
            if beginning.pick:
                await resume(session, "")
            _restore_draft(session, is_new=not (beginning.ref or beginning.pick))
            await session.run(beginning.text, beginning.attachments)
        finally:
            await session.close()
    _part(session)


def _greet(session: Session) -> None:
    where = session.current.title or "a new conversation"
    kept = "" if session.host.history else "  ·  nothing is kept"
    line = f"llmchat {__version__}  ·  {session.current.who()}  ·  {where}{kept}  ·  /help"
    session.output.hint(cut(clean_line(line), session.terminal.columns))
    if session.input_history.is_first:
        for text in FIRST_WORDS:
            session.output.hint(text)


def _restore_draft(session: Session, *, is_new: bool) -> None:
    left = session.draft.take(is_new=is_new)
    if left:
        session.type_next(session.pastes.fold(left, room=10))
        session.output.hint("the line that was not sent last time is back")


def _part(session: Session) -> None:
    """How to come back, where there is something to come back to."""
    if session.current.row:
        session.output.hint(f"to go on: llmchat chat --cid {session.conversation.id}")


@contextmanager
def _signals(**handlers: Callable[[], None]) -> Iterator[None]:
    """A SIGINT from elsewhere is a Ctrl-C of this terminal, and ends nothing else."""
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
