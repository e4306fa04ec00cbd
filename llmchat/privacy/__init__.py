"""Checks before a text goes to a third party: finds secrets, and introduces the third party."""
