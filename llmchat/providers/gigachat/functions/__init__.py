"""GigaChat's functions: built-in ones, and tools described as functions."""
