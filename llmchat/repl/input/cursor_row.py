"""Reads the terminal's report of the cursor's row."""

from __future__ import annotations

from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys

DIGITS = 5  # no screen has more rows


def take_cursor_row(keys: KeyBindings) -> None:
    """Replaces prompt_toolkit's own binding, which accepts any number: Python refuses to convert
    one with 5,000 digits, and that would end the session with a traceback."""

    @keys.add(Keys.CPRResponse, save_before=lambda event: False)
    def take(event: KeyPressEvent) -> None:
        row = event.data[2:-1].partition(";")[0]
        if len(row) <= DIGITS:
            event.app.renderer.report_absolute_cursor_row(int(row))
