"""A client's request: read, asked, answered, and saved if wanted."""
