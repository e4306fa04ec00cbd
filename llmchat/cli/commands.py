"""The commands there are, without importing any: name, room, one line."""

from __future__ import annotations

from typing import NamedTuple


class CommandEntry(NamedTuple):
    module: str
    about: str


COMMANDS = {
    "ask": CommandEntry("ask", "Ask one question"),
    "chat": CommandEntry("chat", "Talk, in a session that remembers"),
    "models": CommandEntry("models", "List providers and models"),
    "auth": CommandEntry("auth", "Sign in, sign out, see who you are"),
    "files": CommandEntry("files", "List and delete files in your account"),
    "history": CommandEntry("history", "List, search, show and export conversations"),
    "code": CommandEntry("code", "Print a code block of an answer"),
    "templates": CommandEntry("templates", "List, show and edit prompt templates"),
    "config": CommandEntry("config", "See and change settings"),
    "doctor": CommandEntry("doctor", "Check that everything works"),
    "completion": CommandEntry("completion", "Print the completion script of a shell"),
}
