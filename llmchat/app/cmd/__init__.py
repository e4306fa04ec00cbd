"""`llmchat cmd`: a wish becomes a command; a person runs it or not."""
