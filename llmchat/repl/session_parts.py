"""Builds the parts of a session, passing each what it needs from the session."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from llmchat.app.ask.candidates import open_later
from llmchat.app.ask.input.pages import fetch
from llmchat.app.ask.output.output import with_pictures
from llmchat.app.ask.third_party import ThirdPartyPolicy
from llmchat.app.calling.loop import ToolLoop
from llmchat.app.calling.opening import most_rounds
from llmchat.app.run.context import Context
from llmchat.app.terminal.table_text import table_text
from llmchat.language import msg, msg_n
from llmchat.render.plain import Plain, Renderer
from llmchat.render.stderr.spinner import Spinner
from llmchat.repl.answering.answer import AnswerDisplay
from llmchat.repl.answering.footer import Footer
from llmchat.repl.attachments import PendingAttachments
from llmchat.repl.completer import SessionCompleter
from llmchat.repl.current_conversation import CurrentConversation, OpenAnswerer
from llmchat.repl.input.drafts import LineDraft
from llmchat.repl.input.editor import LineEditor
from llmchat.repl.input.history import InputHistory
from llmchat.repl.input.line import InputLine
from llmchat.repl.input.toolbar import Facts, toolbar, turn_facts
from llmchat.repl.options import ChatOptions
from llmchat.repl.output import SessionOutput
from llmchat.repl.terminal import Terminal
from llmchat.store.paths import home_folder

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from llmchat.repl.session import Session


def open_output(context: Context, terminal: Terminal) -> SessionOutput:
    return SessionOutput(
        terminal.screen_file,
        color=terminal.color,
        columns=lambda: terminal.columns,
        draw=partial(table_text, context),
    )


def open_typed(session: Session) -> tuple[LineDraft, InputHistory]:
    """The draft and the input history; they are files if the session is saved."""
    context, pastes = session.context, session.pastes
    kept = context.paths if context.settings.enabled("save") else None
    draft = LineDraft(
        kept.drafts if kept else None,
        session.conversation.id,
        unfold=pastes.unfold,
        tell=session.output.hint,
    )
    return draft, InputHistory(kept.repl_history if kept else None, pastes)


def open_pending(session: Session) -> PendingAttachments:
    world = session.context.world
    return PendingAttachments(
        cwd=world.cwd,
        home=home_folder(world.environ),
        limit=int(session.context.settings.get("max_input").value),
        fetch=partial(fetch, session.context),
        is_secret=session.context.is_secret,
    )


def open_current(
    session: Session, options: ChatOptions, open_answerer: OpenAnswerer | None
) -> CurrentConversation:
    context = session.context
    keeps = context.settings.enabled("save") or options.ref
    policy = ThirdPartyPolicy(
        context, allow_secrets=options.allow_secrets, consent=session.consents
    )
    opened = open_answerer or partial(open_later, admit=policy, consent=session.consents)
    ticks, most = context.world.clock.ticks, most_rounds(context, options.max_rounds)
    return CurrentConversation(
        context,
        context.history if keeps else None,
        lambda asked: ToolLoop(opened(asked), session.tools, ticks=ticks, most_rounds=most),
    )


def open_line(
    session: Session, editor: LineEditor, paste_picture: Callable[[], Awaitable[None]]
) -> InputLine:
    line = InputLine(
        session.terminal,
        history=session.input_history,
        draft=session.draft,
        pastes=session.pastes,
        completer=SessionCompleter(session),
        toolbar=partial(_toolbar, session),
        editor=editor,
        keys=session.context.settings.get("keys").value,
        paste_picture=paste_picture,
    )
    line.vi = session.context.settings.text("editing") == "vi"
    return line


def open_display(session: Session) -> AnswerDisplay:
    return AnswerDisplay(
        session.keyboard,
        session.output,
        session.context.report,
        footer=partial(Footer, draft=session.draft, utf8=session.terminal.utf8),
        renderer=partial(_renderer, session),
        spinner=partial(_spinner, session),
    )


def _toolbar(session: Session, columns: int) -> str:
    tokens, first, speed = turn_facts(session.conversation.turn)
    count = len(session.pending)
    extra = msg_n("+ {n} file", "+ {n} files", count) if count else ""
    title = session.current.title or msg("new conversation")
    return toolbar(Facts(session.current.answered(), title, tokens, first, speed, extra), columns)


def _renderer(session: Session, footer: Footer) -> Renderer:
    if session.shows_raw or not session.terminal.obeys_sequences:
        return Plain(session.terminal.screen_file, tty=True)
    screen = session.terminal.screen_file
    return with_pictures(session.context, session.context.live(screen, footer=footer), screen)


def _spinner(session: Session, footer: Footer) -> Spinner | None:
    """A spinner, if the answer is plain text, below which no footer can be drawn."""
    if not (session.shows_raw and session.terminal.obeys_sequences):
        return None
    columns = session.terminal.columns
    return Spinner(session.output.exact, footer.waiting, columns=lambda: columns)
