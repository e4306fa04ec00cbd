"""Small files that one run leaves for the next: health, windows, consents, what was spent."""
