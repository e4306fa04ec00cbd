"""Writing a turn to the file: its beginning, its journal, its end."""
