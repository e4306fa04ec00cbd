"""Small files that one run leaves for the next: health, windows, consents, today's spending."""
