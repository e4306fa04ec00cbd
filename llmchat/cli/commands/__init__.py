"""One file per command: its flags and arguments, and what it shows."""
