"""The conversation picker: a list that filters as you type, with a preview."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from prompt_toolkit.application import Application
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout import HSplit, Layout, Window
from prompt_toolkit.layout.controls import FormattedTextControl
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.styles import Style

from llmchat.errors import LlmchatError, NothingFound
from llmchat.language import msg, msg_n, translated
from llmchat.language.dates import when
from llmchat.render.clean import clean_line
from llmchat.render.width import cut
from llmchat.repl.input.cursor_row import take_cursor_row

if TYPE_CHECKING:
    from llmchat.repl.session import Session
    from llmchat.store.history.history import History
    from llmchat.store.history.rows import ConversationRow

KEYS = msg("Type to filter · Enter: open · Esc: cancel")
MOST = 500  # the newest ones; older ones are found with /search
ROWS = 8
PREVIEW_ROWS = 6
BY_ROWS = {"up": -1, "down": 1, "c-p": -1, "c-n": 1, "tab": 1, "s-tab": -1}
MOVES = BY_ROWS | {"pageup": -ROWS, "pagedown": ROWS, "home": -MOST, "end": MOST}
STYLE = Style.from_dict({"chosen": "reverse", "dim": "ansibrightblack"})


class ConversationPicker:
    """The picker's state and lines, without a terminal."""

    def __init__(
        self,
        rows: list[ConversationRow],
        preview: Callable[[ConversationRow], list[str]],
        when: Callable[[ConversationRow], str],
    ) -> None:
        self._rows = rows
        self._preview = preview
        self._when = when
        self._previews: dict[str, list[str]] = {}
        self._typed = ""
        self._place = 0

    @property
    def typed(self) -> str:
        return self._typed

    @typed.setter
    def typed(self, text: str) -> None:
        self._typed, self._place = text, 0

    @property
    def fitting(self) -> list[ConversationRow]:
        words = self._typed.lower().split()
        return [r for r in self._rows if all(w in f"{r.id} {r.title}".lower() for w in words)]

    @property
    def chosen(self) -> ConversationRow | None:
        fitting = self.fitting
        return fitting[self._place] if fitting else None

    def move(self, steps: int) -> None:
        self._place = max(0, min(len(self.fitting) - 1, self._place + steps))

    def lines(self, columns: int) -> StyleAndTextTuples:
        """The list around the chosen row, then a preview of it."""
        fitting = self.fitting
        first = max(0, min(self._place - ROWS // 2, len(fitting) - ROWS))
        shown: StyleAndTextTuples = [
            ("", translated(msg("resume: {typed}", typed=self._typed))),
            ("class:dim", f"   {translated(KEYS)}\n"),
        ]
        for number, row in enumerate(fitting[first : first + ROWS], start=first):
            line = cut(
                clean_line(f"{row.id}  {translated(self._when(row)):>16}  {row.title}"), columns - 3
            )
            style = "class:chosen" if number == self._place else ""
            shown.append((style, f" {line} \n"))
        if not fitting:
            shown.append(("class:dim", f" {translated(msg('No matches'))}\n"))
        shown += [("class:dim", f"   {cut(line, columns - 5)}\n") for line in self._preview_lines()]
        return shown

    def _preview_lines(self) -> list[str]:
        row = self.chosen
        if row is None:
            return []
        if row.id not in self._previews:
            self._previews[row.id] = self._preview(row)
        return ["", *self._previews[row.id]]


async def pick(session: Session, history: History) -> ConversationRow | None:
    """Lets the person choose a conversation; None if they cancel."""
    rows = history.recent(limit=MOST)
    if not rows:
        raise NothingFound(
            msg("there are no conversations to resume yet"), hint=msg("ask something")
        )
    now = session.context.world.clock.now()
    picker = ConversationPicker(
        rows, lambda row: preview(history, row), lambda row: when(row.updated, now=now)
    )
    terminal = session.terminal
    application: Application[ConversationRow | None] = Application(
        layout=Layout(
            HSplit(
                [
                    Window(
                        FormattedTextControl(
                            lambda: picker.lines(terminal.columns), show_cursor=False
                        ),
                        height=ROWS + PREVIEW_ROWS + 2,
                        always_hide_cursor=True,
                    )
                ]
            )
        ),
        key_bindings=_keys(picker),
        style=STYLE,
        color_depth=ColorDepth.DEPTH_4_BIT if terminal.color else ColorDepth.MONOCHROME,
        erase_when_done=True,
        include_default_pygments_style=False,
        input=terminal.input,
        output=terminal.output,
    )
    application.ttimeoutlen = application.timeoutlen = 0.05
    application.renderer.cpr_not_supported_callback = None
    return await application.run_async(handle_sigint=False, set_exception_handler=False)


def preview(history: History, row: ConversationRow) -> list[str]:
    """The last question, and the beginning of its answer."""
    try:
        branch = history.branch(row)
    except LlmchatError as error:
        return [clean_line(translated(error.message))]
    count = msg_n("{n} message, {model}", "{n} messages, {model}", row.messages, model=row.who)
    lines = [translated(count)]
    for message in branch[-2:]:
        who = translated(msg("you: ")) if message.role == "user" else ""
        text = [line for line in message.text[:1000].splitlines() if line.strip()]
        lines += [clean_line((who if n == 0 else "") + line) for n, line in enumerate(text[:3])]
    return lines[:PREVIEW_ROWS]


def _keys(picker: ConversationPicker) -> KeyBindings:
    keys = KeyBindings()
    take_cursor_row(keys)
    keys.add("enter")(lambda event: event.app.exit(result=picker.chosen))
    for key in ("escape", "c-c", "c-d", "c-g"):
        keys.add(key)(lambda event: event.app.exit(result=None))
    for key, steps in MOVES.items():
        keys.add(key)(lambda event, steps=steps: picker.move(steps))

    @keys.add("backspace")
    def _(event: KeyPressEvent) -> None:
        picker.typed = picker.typed[:-1]

    @keys.add("c-u")
    def _(event: KeyPressEvent) -> None:
        picker.typed = ""

    @keys.add(Keys.Any)
    def _(event: KeyPressEvent) -> None:
        if event.data.isprintable():
            picker.typed += event.data

    return keys
