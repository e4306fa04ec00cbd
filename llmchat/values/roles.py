"""The role of a summary, apart from the messages: a list of conversations needs no more of them."""

SUMMARY = "summary"  # the role of what is sent in place of the messages before it
