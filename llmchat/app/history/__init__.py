"""Conversations that are kept: how they are shown, exported and searched for code."""
