"""Key bindings of the input line, in addition to prompt_toolkit's own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from prompt_toolkit.application.current import get_app
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.enums import DEFAULT_BUFFER
from prompt_toolkit.filters import Condition, Filter, has_focus, is_searching, vi_navigation_mode
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.search import SearchDirection, start_search

from llmchat.repl.input.multiline import continues, in_fence
from llmchat.repl.input.pastes import Pastes


class Editing(Protocol):
    """What the keys need of the line."""

    pastes: Pastes

    def interrupt(self, buffer: Buffer) -> None: ...

    def look_for_news(self, buffer: Buffer) -> None: ...

    async def edit_outside(self, buffer: Buffer) -> None: ...


def bindings(line: Editing) -> KeyBindings:
    keys = KeyBindings()
    typing = has_focus(DEFAULT_BUFFER) & ~is_searching
    _add_sending(keys, line, typing)
    _add_history(keys, line, typing)

    @keys.add("c-c", filter=typing)
    def _(event: KeyPressEvent) -> None:
        line.interrupt(event.current_buffer)

    @keys.add("c-x", "c-e", filter=typing)
    async def _(event: KeyPressEvent) -> None:
        await line.edit_outside(event.current_buffer)

    return keys


def _add_sending(keys: KeyBindings, line: Editing, typing: Filter) -> None:
    @keys.add("enter", filter=typing)
    def _(event: KeyPressEvent) -> None:
        enter(event.current_buffer)

    @keys.add("escape", "enter", filter=typing)
    @keys.add("c-j", filter=typing)
    def _(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    @keys.add(Keys.BracketedPaste, filter=typing)
    def _(event: KeyPressEvent) -> None:
        text = event.data.replace("\r\n", "\n").replace("\r", "\n")
        event.current_buffer.insert_text(line.pastes.fold(text))

    @Condition
    def behind_mark() -> bool:
        return bool(line.pastes.mark_before(get_app().current_buffer.document.text_before_cursor))

    @keys.add("backspace", filter=typing & behind_mark)
    def _(event: KeyPressEvent) -> None:
        before = event.current_buffer.document.text_before_cursor
        event.current_buffer.delete_before_cursor(len(line.pastes.mark_before(before)))


def _add_history(keys: KeyBindings, line: Editing, typing: Filter) -> None:
    def with_news(work: Callable[[KeyPressEvent], None]) -> Callable[[KeyPressEvent], None]:
        def handler(event: KeyPressEvent) -> None:
            line.look_for_news(event.current_buffer)
            work(event)

        return handler

    keys.add("up", filter=typing)(with_news(lambda e: e.current_buffer.auto_up(count=e.arg)))
    keys.add("c-p", filter=typing)(with_news(lambda e: e.current_buffer.auto_up(count=e.arg)))
    keys.add("c-r", filter=typing & ~vi_navigation_mode)(  # there it is redo
        with_news(lambda e: start_search(direction=SearchDirection.BACKWARD))
    )


def enter(buffer: Buffer) -> None:
    """Takes the chosen completion, opens a line, or sends."""
    before = buffer.document.text_before_cursor
    menu = buffer.complete_state
    if menu and menu.current_completion and len(menu.completions) > 1:
        buffer.complete_state = None
    elif in_fence(before):
        buffer.insert_text("\n")
    elif continues(before):
        buffer.delete_before_cursor()
        buffer.insert_text("\n")
    else:
        buffer.validate_and_handle()


Editor = Callable[[str], Awaitable[str]]
