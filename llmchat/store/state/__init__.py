"""Small files of what one run tells the next: health, windows, consents, what was spent."""
