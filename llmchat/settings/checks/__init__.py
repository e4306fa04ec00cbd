"""Checks settings: unknown keys and wrong types in a file, and misspelt variables."""
