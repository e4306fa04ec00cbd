"""Completion and the manual: what the shells know of the command line, made from the commands."""
