"""GigaChat's functions: its built-in ones, and tools as functions with their schemas."""
