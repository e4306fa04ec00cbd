"""The same question to several models at once."""
