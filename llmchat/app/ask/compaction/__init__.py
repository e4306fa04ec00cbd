"""Long conversations: earlier turns are replaced by a summary."""
