"""Generates the completion scripts, the manual and the completion values from the commands."""
