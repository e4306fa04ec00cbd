"""`llmchat tools`: shows, tests and runs tools, and changes their settings."""
