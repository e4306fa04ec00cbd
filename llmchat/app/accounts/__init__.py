"""Accounts at services: signing in and out, where a person is signed in, files kept there."""
