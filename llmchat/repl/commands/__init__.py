"""Slash commands of the session, one file a subject; `table` lists them all."""
