"""`llmchat cmd`: turns words into a command, which a person may run."""
