"""Exports and imports of conversations."""
