"""The file history.db: opened, made whole, upgraded; and which process writes into it."""
