"""The role of a summary, in a module of its own so that listing conversations need not import
more."""

SUMMARY = "summary"  # the role of a summary that is sent in place of earlier messages
