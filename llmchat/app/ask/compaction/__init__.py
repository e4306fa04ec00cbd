"""Long conversations: earlier turns become a summary."""
