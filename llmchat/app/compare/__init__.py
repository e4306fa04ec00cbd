"""Asks several models the same question at once."""
