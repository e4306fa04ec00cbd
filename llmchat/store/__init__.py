"""Everything on disk: history, keys and tokens, provider health, and how files are written."""
