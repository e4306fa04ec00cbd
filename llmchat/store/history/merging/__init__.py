"""Conversations from elsewhere: checked, and merged into the history."""
