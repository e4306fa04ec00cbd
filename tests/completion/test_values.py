"""The values behind a TAB."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmchat.completion.values import ACTIVE, offers
from llmchat.store.database.schema import upgrade
from llmchat.tools.lists import ToolLists
from llmchat.tools.tool import ToolDefinition


def said(home: Path, *argv: str) -> list[str]:
    text = offers(list(argv), {"LLMCHAT_HOME": str(home)})
    return [line.partition("\t")[0] for line in text.splitlines()]


@settings(max_examples=60)
@given(ids=st.lists(st.text(min_size=1), max_size=5), note=st.text())
def test_a_kept_list_of_models_is_read_as_json_would(
    tmp_path_factory: pytest.TempPathFactory, ids: list[str], note: str
) -> None:
    """Except ids that do not mean the same inside quotes of every kind."""
    home = tmp_path_factory.mktemp("home")
    (home / "models").mkdir()
    rows = {"fetched": 1.5, "models": [{"id": i, "context": None, "note": note} for i in ids]}
    text = json.dumps(rows, ensure_ascii=False)
    (home / "models" / "yandex.json").write_text(text, "utf-8")
    plain = [i for i in ids if i.isprintable() and not set(i) & ACTIVE]
    plain = [i for i in plain if i == i.strip() and not i.startswith("-")]
    assert said(home, "model", "", "-p", "yandex") == list(dict.fromkeys(plain))


def test_a_model_of_another_provider_is_offered_with_its_name(tmp_path: Path) -> None:
    assert said(tmp_path, "model", "yq") == ["yqcloud/gpt-4"]
    assert said(tmp_path, "model", "gpt-4o-m") == ["gpt-4o-mini"]
    assert said(tmp_path, "model", "", "ask", "--provider=chatglm") == ["glm-4"]


def test_tools_are_offered_with_those_that_their_server_had_last(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        '[tools.time]\ncommand = "x"\n[tools.time.env]\nA = "1"\n'
    )
    tools = [ToolDefinition("now"), ToolDefinition("a\x1b]b"), ToolDefinition("$(x)")]
    ToolLists(tmp_path / "tools").write("time", "hash", tools)
    assert said(tmp_path, "tool", "") == ["time", "time/now"]


def test_titles_from_a_model_lose_their_control_characters(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "history.db", isolation_level=None)
    upgrade(connection, str(tmp_path / "history.db"))
    connection.execute(
        "INSERT INTO conversation (id, title, created, updated) VALUES (?, ?, 1, 1)",
        ("abc", "Bees\x1b]0;x\x07\nand\twasps"),
    )
    connection.close()
    text = offers(["conversation", "ab"], {"LLMCHAT_HOME": str(tmp_path)})
    assert text == "abc\tBees ]0;x  and wasps\n"


def test_a_title_that_is_not_a_text_ends_no_tab(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "history.db", isolation_level=None)
    upgrade(connection, str(tmp_path / "history.db"))
    connection.execute(
        "INSERT INTO conversation (id, title, created, updated) VALUES ('abc', X'6200', 1, 1)"
    )
    connection.close()
    assert said(tmp_path, "conversation", "ab") == ["abc"]


@pytest.mark.parametrize(
    "kind", ["provider", "model", "conversation", "template", "setting", "tool"]
)
def test_a_damaged_home_offers_what_is_known_without_it(tmp_path: Path, kind: str) -> None:
    for name in ("history.db", "config.toml", "templates", "models"):
        (tmp_path / name).write_bytes(b"\xff\x00[providers.\n")
    assert said(tmp_path, kind, "zzz") == []


@pytest.mark.parametrize("argv", [[], ["nothing"], ["nothing", "x"]])
def test_an_unknown_kind_offers_nothing(argv: list[str]) -> None:
    assert offers(argv, {}) == ""


def test_a_history_is_not_made_by_a_tab(tmp_path: Path) -> None:
    assert said(tmp_path, "conversation", "") == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["provider", "model", "conversation", "template", "setting"])
def test_a_tab_imports_nothing_that_costs(tmp_path: Path, kind: str) -> None:
    """The modules beyond those of a bare interpreter, as the interpreter lists them."""
    (tmp_path / "templates").mkdir()
    connection = sqlite3.connect(tmp_path / "history.db", isolation_level=None)
    upgrade(connection, str(tmp_path / "history.db"))
    connection.close()
    code = (
        "import sys; before = set(sys.modules)\n"
        "from llmchat.completion.values import offers\n"
        f"offers([{kind!r}, ''], {{'LLMCHAT_HOME': {str(tmp_path)!r}}})\n"
        "print(*sorted(set(sys.modules) - before))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    loaded = set(done.stdout.split())
    assert "llmchat.completion.static_values" in loaded
    costly = {"typer", "httpx", "rich", "asyncio", "json", "re", "enum", "typing", "pathlib"}
    assert loaded & (costly | {"dataclasses", "sqlite3", "llmchat.providers"}) == set()
