"""Writes the completion scripts, the manual and the table behind the TAB from the commands."""
