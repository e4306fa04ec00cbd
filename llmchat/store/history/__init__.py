"""history.db: conversations, their branches and turns, and the journal that writes them."""
