"""What a terminal answers to the question in which row its cursor is."""

from __future__ import annotations

from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys

DIGITS = 5  # no screen has more rows


def take_cursor_row(keys: KeyBindings) -> None:
    """In place of prompt_toolkit's own, which takes any number: Python refuses one with 5,000
    digits, which would end the session with a traceback."""

    @keys.add(Keys.CPRResponse, save_before=lambda event: False)
    def take(event: KeyPressEvent) -> None:
        row = event.data[2:-1].partition(";")[0]
        if len(row) <= DIGITS:
            event.app.renderer.report_absolute_cursor_row(int(row))
