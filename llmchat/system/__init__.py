"""This machine: running programs, opening files, waiting for input, importing modules."""
