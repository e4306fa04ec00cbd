"""Full-text search through the history."""
