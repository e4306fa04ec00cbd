"""Everything on the disk: the history, keys and tokens, health, and how files are written."""
