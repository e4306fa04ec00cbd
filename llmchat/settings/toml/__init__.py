"""Reads config.toml with line numbers, and edits it in place."""
