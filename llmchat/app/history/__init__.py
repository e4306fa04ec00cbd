"""Saved conversations: views, exports and code blocks."""
