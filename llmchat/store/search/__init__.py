"""Full-text search in the history."""
