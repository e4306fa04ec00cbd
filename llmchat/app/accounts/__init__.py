"""Accounts at services: signing in and out, sign-in status, and files kept there."""
