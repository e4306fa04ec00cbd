"""Websites that answer without a key, and the notices that they send instead of answers."""
