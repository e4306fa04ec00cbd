"""One conversation: asking and the journal; its messages, and moving in their tree."""
