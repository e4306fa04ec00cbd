"""The input line: a prompt_toolkit session with our keys, history, draft and toolbar."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from prompt_toolkit import PromptSession
from prompt_toolkit.application.current import create_app_session
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.completion import Completer
from prompt_toolkit.cursor_shapes import ModalCursorShapeConfig
from prompt_toolkit.document import Document
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.key_binding import KeyPress
from prompt_toolkit.key_binding.vi_state import InputMode
from prompt_toolkit.keys import Keys
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.styles import Style

from llmchat.inputs.mentions import mentions_in
from llmchat.language import msg, translated
from llmchat.repl.input.drafts import LineDraft
from llmchat.repl.input.history import InputHistory
from llmchat.repl.input.keys import bindings
from llmchat.repl.input.pastes import Pastes, Unseen
from llmchat.repl.terminal import Terminal

if TYPE_CHECKING:
    from prompt_toolkit.application import Application

SIGN = "> "
STYLE = Style.from_dict(
    {
        "sign": "bold ansicyan",
        "hint": "ansibrightblack",
        "bottom-toolbar": "noreverse ansibrightblack",
        "auto-suggestion": "ansibrightblack",
    }
)
LEAVING_HINT = msg("Press Ctrl-C again (or Ctrl-D) to exit")
MENU_ROWS = 6
VI_PATIENCE = 0.1  # seconds after Escape in which Enter still makes it Alt-Enter
# Text from the editor was seen there, so it may be longer than a paste before it is folded.
EDITED_ROOM = 10


class InputLine:
    """Reads messages and commands, one after the other."""

    def __init__(
        self,
        terminal: Terminal,
        *,
        history: InputHistory,
        draft: LineDraft,
        pastes: Pastes,
        completer: Completer,
        toolbar: Callable[[int], str],
        editor: Callable[[str], Awaitable[str]],
        keys: Mapping[str, str],
        paste_picture: Callable[[], Awaitable[None]],
    ) -> None:
        self.pastes = pastes
        self._terminal = terminal
        self._history = history
        self._draft = draft
        self._editor = editor
        self._keys = keys
        self.paste_picture = paste_picture
        self._toolbar = toolbar
        self._leaving = False
        self._sign = SIGN
        self._session = self._open(completer)
        self._session.default_buffer.on_text_changed += self._changed
        self._app.before_render += self._fit_menu
        self._app.ttimeoutlen = 0.05
        self._app.renderer.cpr_not_supported_callback = None  # no message, only no toolbar

    @property
    def vi(self) -> bool:
        return self._session.editing_mode == EditingMode.VI

    @vi.setter
    def vi(self, wanted: bool) -> None:
        self._session.editing_mode = EditingMode.VI if wanted else EditingMode.EMACS
        self._app.timeoutlen = VI_PATIENCE if wanted else 1.0

    async def read(self, default: str, *, sign: str = SIGN) -> str | None:
        """What was sent, with marks instead of large pastes; None when the person leaves, nothing
        where Ctrl-C leaves a line with another `sign` than the usual one."""
        self._leaving, self._sign = False, sign
        message: StyleAndTextTuples = [("class:sign", sign)]
        while True:
            self._draft.text = default
            try:
                return await self._session.prompt_async(
                    message, default=default, handle_sigint=False, set_exception_handler=False
                )
            except EOFError:
                return None
            except KeyboardInterrupt:  # from prompt_toolkit's line for dumb terminals
                if self._leaves(self._session.default_buffer):
                    return None
                if sign != SIGN:
                    return ""
            default = ""
            hint = self._placeholder()
            message = [*hint, ("", "\n" if hint else ""), ("class:sign", sign)]

    def press_interrupt(self) -> None:
        """Handles a SIGINT from outside like Ctrl-C."""
        if self._app.is_running:
            self._app.key_processor.feed(KeyPress(Keys.ControlC, "\x03"))
            self._app.key_processor.process_keys()

    def redraw(self) -> None:
        """Redraws the line in its place: after Ctrl-Z and `fg`, prompt_toolkit has already drawn
        it."""
        if self._app.is_running:
            self._app.renderer.erase()
            self._app.invalidate()

    def refresh(self) -> None:
        """Redraws the toolbar."""
        if self._app.is_running:
            self._app.invalidate()

    def interrupt(self, buffer: Buffer) -> None:
        if self._leaves(buffer):
            self._app.exit(exception=EOFError())
        elif self._sign != SIGN:
            self._app.exit(result="")

    def _leaves(self, buffer: Buffer) -> bool:
        """Clears a typed line, which Up brings back; on an empty one it asks, then leaves."""
        if not buffer.text and self._sign == SIGN:
            asked, self._leaving = self._leaving, True
            return asked
        buffer.append_to_history()
        buffer.reset()
        self._draft.text = ""
        self._app.vi_state.input_mode = InputMode.INSERT
        return False

    def look_for_news(self, buffer: Buffer) -> None:
        """Adds lines of other terminals to the history, between the old lines and the current
        one."""
        lines = buffer._working_lines  # prompt_toolkit only fills it when a line starts
        if buffer.working_index != len(lines) - 1:
            return
        for text in self._history.news():
            lines.insert(len(lines) - 1, text)
            buffer.working_index = len(lines) - 1

    async def edit_outside(self, buffer: Buffer) -> None:
        typed = mentions_in(self.pastes.typed(buffer.text))
        text = await self._editor(self.pastes.unfold(buffer.text))
        buffer.document = Document(self.pastes.fold(text, room=EDITED_ROOM, typed=typed))

    @property
    def _app(self) -> Application[str]:
        return self._session.app

    def _open(self, completer: Completer) -> PromptSession[str]:
        terminal = self._terminal
        with create_app_session(terminal.input, terminal.output):
            session: PromptSession[str] = PromptSession(
                input=terminal.input,
                # Without sequences, prompt_toolkit prints plainly to the output of the current app
                # session.
                output=terminal.output if terminal.obeys_sequences else None,
                multiline=True,
                history=self._history,
                auto_suggest=AutoSuggestFromHistory(),
                completer=completer,
                complete_while_typing=Condition(
                    lambda: _names_command(session.default_buffer.text)
                ),
                reserve_space_for_menu=MENU_ROWS,
                key_bindings=bindings(self, self._keys),
                placeholder=self._placeholder,
                bottom_toolbar=lambda: self._toolbar(terminal.columns),
                cursor=ModalCursorShapeConfig(),
                style=STYLE,
                color_depth=ColorDepth.DEPTH_4_BIT if terminal.color else ColorDepth.MONOCHROME,
                include_default_pygments_style=False,
                enable_suspend=True,
                search_ignore_case=True,
                input_processors=[Unseen()],
            )
        # While an editor is open, prompt_toolkit must not react to a resize: it would draw on the
        # editor's screen and query the cursor position, and the editor would read the reply as
        # keys.
        app = session.app
        adapt = app._on_resize
        app._on_resize = lambda: None if app._running_in_terminal else adapt()  # type: ignore[method-assign]
        return session

    def _changed(self, buffer: Buffer) -> None:
        self._leaving = self._leaving and not buffer.text
        self._draft.text = buffer.text

    def _fit_menu(self, _: Application[str]) -> None:
        """Shortens the completion menu in a low window, so that the line stays visible."""
        self._session.reserve_space_for_menu = min(MENU_ROWS, self._terminal.rows - 1)

    def _placeholder(self) -> StyleAndTextTuples:
        return [("class:hint", translated(LEAVING_HINT))] if self._leaving else []


def _names_command(text: str) -> bool:
    """Whether the menu may open automatically: only for commands, because looking for files can be
    slow."""
    return text.startswith("/") and not any(c.isspace() for c in text)
