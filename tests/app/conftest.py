"""A person at a terminal, for every test here."""

from tests.terminals.person import chat, environment, home

__all__ = ["chat", "environment", "home"]
