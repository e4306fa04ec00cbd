"""Where an answer goes: the terminal, a pipe, a file, JSON; pictures; the end of a turn."""
