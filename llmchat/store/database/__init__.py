"""The file history.db: opening, creating and upgrading it, and the processes that write to it."""
