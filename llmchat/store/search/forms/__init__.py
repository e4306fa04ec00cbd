"""Finds the forms of a word that the index contains: `пчёлах` for `пчёлы`."""
