"""Conversations from elsewhere: checks them and merges them into the history."""
