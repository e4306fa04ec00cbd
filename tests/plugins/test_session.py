"""Commands of plugins in a session, at a terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.terminals.person import Chat, Person, chat, environment, home

__all__ = ["chat", "environment", "home"]

SOURCE = """\
import asyncio
from llmchat.plugin import PluginCommand
async def shout(session, rest):
    session.say(f"LOUD {rest} {session.answer[:9]}\\x1b]0;title\\x07")
async def ask(session, rest):
    return f"asked by a plugin {rest}"
async def fail(session, rest):
    raise ValueError("torn")
async def leave(session, rest):
    raise SystemExit("gone")
async def wait(session, rest):
    session.say("waiting")
    await asyncio.sleep(600)
loud, asks, fails, leaves, waits = (
    PluginCommand("x", in_session=f) for f in (shout, ask, fail, leave, wait)
)
"""
LINES = """\
[llmchat.commands]
loud = loud_plugin:loud
asks = loud_plugin:asks
fails = loud_plugin:fails
leaves = loud_plugin:leaves
waits = loud_plugin:waits
model = loud_plugin:loud
"""


@pytest.fixture
def me(tmp_path: Path, home: Path, chat: Chat) -> Person:
    site = tmp_path / "site"
    (site / "llmchat_loud-1.0.dist-info").mkdir(parents=True)
    (site / "llmchat_loud-1.0.dist-info" / "entry_points.txt").write_text(LINES)
    (site / "loud_plugin.py").write_text(SOURCE)
    home.mkdir(mode=0o700, exist_ok=True)
    (home / "config.toml").write_text('plugins = ["llmchat-loud"]\n')
    me = chat("-o", "tokens", "40", PYTHONPATH=str(site))
    me.prompt()
    return me


def test_a_command_says_something_and_one_of_ours_stays_ours(me: Person) -> None:
    me.say("/loud hello")
    me.see("LOUD hello")
    me.prompt()
    assert b"\x1b]0;title" not in me.bytes
    me.say("/model")
    me.see("demo")


def test_what_a_command_returns_is_asked(me: Person) -> None:
    me.say("/asks twice")
    me.see("│ asked by a plugin twice")


@pytest.mark.parametrize(
    ("name", "told"), [("fails", "ValueError: torn"), ("leaves", "SystemExit: gone")]
)
def test_one_that_raises_is_one_notice_and_the_session_goes_on(
    me: Person, name: str, told: str
) -> None:
    me.say(f"/{name}")
    me.see(told)
    me.prompt()
    assert "Traceback" not in me.text
    me.say("/loud again")
    me.see("LOUD again")


def test_ctrl_c_stops_one_that_does_not_end(me: Person) -> None:
    me.say("/waits")
    me.see("waiting")
    me.press("ctrl-c")
    me.prompt()
    me.say("/loud again")
    me.see("LOUD again")
