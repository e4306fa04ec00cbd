"""Growing Markdown as finished pieces; pure, no terminal in it."""
