"""A model's name in an imported file is foreign text: it cannot forge a line of a list."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from llmchat.app.history.views import conversation_table, models_table
from llmchat.store.history.rows import ConversationRow

NAME = "m\n  title: forged\x85x"


def conversation(model: str) -> ConversationRow:
    return ConversationRow(
        1, "abc", "true", 0.0, 0.0, "chatgpt", model, "", None, 2, None, None, None, None
    )


@pytest.mark.parametrize("place", ["list", "stats"])
def test_a_models_name_stays_on_one_line(place: str) -> None:
    row: dict[str, Any] = {
        "provider": "p",
        "model": NAME,
        "answers": 1,
        "tokens": 1,
        "first_token_ms": 1,
    }
    stats = cast(Any, SimpleNamespace(models=[SimpleNamespace(**row)]))
    tables = {
        "list": lambda: conversation_table([conversation(NAME)], now=0.0),
        "stats": lambda: models_table(stats, {}),
    }
    cells = tables[place]().rows[0]
    assert not [cell for cell in cells if "\n" in str(cell)]
