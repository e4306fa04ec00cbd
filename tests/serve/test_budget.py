"""A budget holds for the clients of a server, too."""

from __future__ import annotations

from pathlib import Path

from tests.serve.serving import serving


def test_clients_are_refused_where_it_is_used_up(tmp_path: Path) -> None:
    with serving(tmp_path / "home", "-p", "demo", LLMCHAT_BUDGET="50 tokens/day") as running:
        assert running.chat().status == 200
        refused = running.chat()
    assert (refused.status, "used up" in refused.json["error"]["message"]) == (429, True)
