"""Key bindings of the input line, in addition to prompt_toolkit's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from prompt_toolkit.application.current import get_app
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.enums import DEFAULT_BUFFER
from prompt_toolkit.filters import Condition, Filter, has_focus, is_searching, vi_navigation_mode
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.search import SearchDirection, start_search

from llmchat.errors import ConfigError
from llmchat.language import msg
from llmchat.repl.input.cursor_row import take_cursor_row
from llmchat.repl.input.multiline import continues, in_fence

if TYPE_CHECKING:
    from llmchat.repl.input.line import InputLine

Handler = Callable[[KeyPressEvent], Any]
Sequence = tuple[str, ...]  # keys in prompt_toolkit's names, in order
# The actions that `[keys]` in the settings can bind, with their default keys.
ACTIONS: dict[str, tuple[Sequence, ...]] = {
    "send": (("enter",),),
    "new_line": (("escape", "enter"), ("c-j",)),
    "edit": (("c-x", "c-e"),),
    "paste_picture": (("c-v",),),
    "search_history": (("c-r",),),
    "earlier": (("up",), ("c-p",)),
}


def chosen_keys(own: Mapping[str, str]) -> dict[str, tuple[Sequence, ...]]:
    """The key bindings: the defaults with the person's changes, such as `send = "c-s"`, `edit =
    "c-x e, f4"`, or an empty text for an action without a key."""
    chosen = dict(ACTIONS)
    for action, keys in own.items():
        if action not in ACTIONS:
            raise ConfigError(
                msg("keys.{action} is not an action of the session", action=action),
                hint=msg("[keys] accepts {actions}", actions=", ".join(ACTIONS)),
            )
        chosen[action] = tuple(_sequence(action, part) for part in keys.split(",") if part.strip())
    return chosen


def _sequence(action: str, text: str) -> Sequence:
    keys = tuple(text.split())
    try:
        KeyBindings().add(*keys)(lambda event: None)
    except ValueError:
        raise ConfigError(
            msg("keys.{action}: {text!r} is not a key", action=action, text=text.strip()),
            hint=msg("name keys as prompt_toolkit does: c-s, f4, escape enter"),
        ) from None
    return keys


def bindings(line: InputLine, own: Mapping[str, str]) -> KeyBindings:
    keys, chosen = KeyBindings(), chosen_keys(own)
    take_cursor_row(keys)
    typing = has_focus(DEFAULT_BUFFER) & ~is_searching

    def bind(action: str, handler: Handler, filter_: Filter = typing) -> None:
        for sequence in chosen[action]:
            keys.add(*sequence, filter=filter_)(handler)

    async def edit(event: KeyPressEvent) -> None:
        await line.edit_outside(event.current_buffer)

    async def paste_picture(event: KeyPressEvent) -> None:
        await line.paste_picture()

    bind("send", lambda event: enter(event.current_buffer))
    bind("new_line", lambda event: event.current_buffer.insert_text("\n"))
    bind("edit", edit)
    # In vi's navigation mode this key marks a block.
    bind("paste_picture", paste_picture, typing & ~vi_navigation_mode)
    _bind_history(bind, line, typing)
    _add_pasting(keys, line, typing)

    @keys.add("c-c", filter=typing)
    def _(event: KeyPressEvent) -> None:
        line.interrupt(event.current_buffer)

    return keys


def _add_pasting(keys: KeyBindings, line: InputLine, typing: Filter) -> None:
    @keys.add(Keys.BracketedPaste, filter=typing)
    def _(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text(line.pastes.pasted(event.data))

    @Condition
    def behind_mark() -> bool:
        return bool(line.pastes.mark_before(get_app().current_buffer.document.text_before_cursor))

    @keys.add("backspace", filter=typing & behind_mark)
    def _(event: KeyPressEvent) -> None:
        before = event.current_buffer.document.text_before_cursor
        event.current_buffer.delete_before_cursor(len(line.pastes.mark_before(before)))


def _bind_history(bind: Callable[..., None], line: InputLine, typing: Filter) -> None:
    def with_news(work: Callable[[KeyPressEvent], None]) -> Callable[[KeyPressEvent], None]:
        def handler(event: KeyPressEvent) -> None:
            line.look_for_news(event.current_buffer)
            work(event)

        return handler

    bind("earlier", with_news(lambda e: e.current_buffer.auto_up(count=e.arg)))
    searches = with_news(lambda e: start_search(direction=SearchDirection.BACKWARD))
    # In vi's navigation mode this key is redo.
    bind("search_history", searches, typing & ~vi_navigation_mode)


def enter(buffer: Buffer) -> None:
    """Accepts the chosen completion, starts a new line, or sends."""
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
