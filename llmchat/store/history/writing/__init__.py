"""A turn on its way into the file: its beginning, its journal, its end."""
