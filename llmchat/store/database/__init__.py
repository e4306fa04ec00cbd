"""The file history.db: opening, creating and upgrading it, and which process writes to it."""
