"""Instructions of a project in the session: asked about before a question, named by commands."""

from __future__ import annotations

from pathlib import Path

from tests.repl.commands.test_commands import QUICK, asked
from tests.terminals.person import Chat


def test_they_are_asked_about_named_and_asked_about_again(
    chat: Chat, home: Path, tmp_path: Path
) -> None:
    file = tmp_path / "AGENTS.md"
    file.write_text("Answer in verse.")
    me = chat(*QUICK)
    me.prompt()
    me.say("first")
    me.see("Send the instructions in AGENTS.md (16 bytes)")
    me.type("y")
    me.see("You asked")
    asked(me, "second")
    assert me.text.count("Send the instructions") == 1
    me.say("/system")
    me.see("and the instructions in AGENTS.md")
    me.prompt()
    me.say("/info")
    me.see("instructions")
    file.write_text("Answer with all keys.")
    me.prompt()
    me.say("/retry")
    me.see("Send the instructions", times=2)
    me.type("n")
    me.see("You asked", times=3)
    me.prompt()
    before = me.text.count("and the instructions")
    me.say("/system")
    me.see("no system message", times=2)
    assert me.text.count("and the instructions") == before


def test_a_new_session_names_them_before_its_first_question(
    chat: Chat, home: Path, tmp_path: Path
) -> None:
    """Who looks before asking is told what would go along, and what waits for a yes."""
    (tmp_path / "AGENTS.md").write_text("Answer in verse.")
    me = chat(*QUICK)
    me.prompt()
    me.say("/info")
    me.see("without AGENTS.md: nobody has allowed it yet")
    me.prompt()
    me.say("first")
    me.see("Send the instructions in AGENTS.md")
    me.type("y")
    me.see("You asked")
    me.prompt()
    again = chat(*QUICK)
    again.prompt()
    again.say("/info")
    again.see("instructions")
    again.prompt()
    again.say("/system")
    again.see("and the instructions in AGENTS.md")
