"""`llmchat cmd`: turns words into a shell command that the person may run."""
