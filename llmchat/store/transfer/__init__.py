"""Conversations on their way in and out: exports and imports."""
