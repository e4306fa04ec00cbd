"""The forms of a word that the index knows: `пчёлах` for `пчёлы`."""
