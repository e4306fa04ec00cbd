"""The commands there are, without importing any: name, room, one line."""

from __future__ import annotations

from typing import NamedTuple


class Command(NamedTuple):
    module: str
    about: str


COMMANDS = {
    "ask": Command("ask", "Ask one question"),
    "chat": Command("chat", "Talk, in a session that remembers"),
    "models": Command("models", "List providers and models"),
    "auth": Command("auth", "Sign in, sign out, see who you are"),
    "history": Command("history", "List, search, show and export conversations"),
    "code": Command("code", "Print a code block of an answer"),
    "templates": Command("templates", "List, show and edit prompt templates"),
    "config": Command("config", "See and change settings"),
    "doctor": Command("doctor", "Check that everything works"),
    "completion": Command("completion", "Print the completion script of a shell"),
}
