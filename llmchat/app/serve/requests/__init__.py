"""One request of a client: read, asked, answered, and saved on wish."""
