"""The tables of docs/configuration.md say what the code says."""

from __future__ import annotations

from pathlib import Path

import pytest

from llmchat.settings.keys import FOREIGN, PROVIDER, TOP, Key
from llmchat.settings.toml.editor import written_value
from llmchat.settings.tools import ALL_TOOLS, ONE_TOOL

PAGE = Path(__file__).parents[2] / "docs" / "configuration.md"


def row(key: Key) -> str:
    default = "" if key.default in (None, "") else f" `{written_value(key.default)}`"
    others = ", or the [file of a theme](terminal.md#themes)" if key.or_file else ""
    choices = f": {', '.join(key.choices)}{others}" if key.choices else ""
    return f"| `{key.name}` |{default.replace(chr(34), '')} | {key.about}{choices} |"


@pytest.mark.parametrize(("mark", "keys"), [("top", TOP), ("provider", PROVIDER)])
def test_every_key_is_documented_with_its_default(mark: str, keys: dict[str, Key]) -> None:
    part = PAGE.read_text().partition(f"<!-- {mark}: ")[2].partition("\n\n")[0]
    assert part.splitlines()[3:] == [row(key) for key in keys.values()]


@pytest.mark.parametrize(("mark", "keys"), [("tool", ONE_TOOL), ("tools", ALL_TOOLS)])
def test_every_key_of_tools_is_documented(mark: str, keys: dict[str, Key]) -> None:
    text = PAGE.with_name("tools.md").read_text()
    part = text.partition(f"<!-- {mark}: ")[2].partition("\n\n")[0]
    assert part.splitlines()[3:] == [row(key) for key in keys.values()]


def test_every_foreign_name_is_documented() -> None:
    text = PAGE.read_text()
    assert [name for names in FOREIGN.values() for name in names if f"`{name}`" not in text] == []
