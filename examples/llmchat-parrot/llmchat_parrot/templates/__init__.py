"""Templates: the Markdown files in this folder."""
