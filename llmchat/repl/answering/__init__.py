"""One question in the session: sent, shown, stopped, and what goes on beside it."""
