"""Edits one line at a terminal without a session, such as a command before it is run."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TextIO

from prompt_toolkit import PromptSession
from prompt_toolkit.input import create_input
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.output import create_output
from prompt_toolkit.output.plain_text import PlainTextOutput
from prompt_toolkit.styles import Style

from llmchat.repl.input.cursor_row import take_cursor_row

SIGN = "edit> "
STYLE = Style.from_dict({"sign": "bold ansicyan"})


def line_editor(
    keys: TextIO, screen: TextIO, *, obeys_sequences: bool = True
) -> Callable[[str], Awaitable[str | None]]:
    """A function that opens the line with a text in it. Enter returns the line; Ctrl-C and Ctrl-D
    cancel."""

    async def edit(text: str) -> str | None:
        session: PromptSession[str] = PromptSession(
            input=create_input(keys),
            output=create_output(screen) if obeys_sequences else PlainTextOutput(screen),
            multiline=True,
            key_bindings=_bindings(),
            style=STYLE,
            include_default_pygments_style=False,
        )
        session.app.renderer.cpr_not_supported_callback = None
        try:
            return await session.prompt_async(
                [("class:sign", SIGN)],
                default=text,
                handle_sigint=False,
                set_exception_handler=False,
            )
        except (EOFError, KeyboardInterrupt):
            return None

    return edit


def _bindings() -> KeyBindings:
    keys = KeyBindings()
    take_cursor_row(keys)

    @keys.add("enter")
    def take(event: KeyPressEvent) -> None:
        event.current_buffer.validate_and_handle()

    @keys.add("escape", "enter")
    @keys.add("c-j")
    def new_line(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    return keys
