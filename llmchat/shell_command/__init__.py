"""A shell command that a model wrote: taken out of its reply, read, and marked where dangerous.

Nothing here runs anything, and nothing here knows what the person wants.
"""
