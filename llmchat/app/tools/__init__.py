"""Tools of a run: opening, showing and trying them, and their settings."""
