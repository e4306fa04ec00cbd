"""Many prompts from a file: reading and checking them, asking side by side, one line each."""
