"""A shell command that a model wrote: extracted from its reply, parsed, and its dangers marked.

Nothing here runs anything.
"""
