"""The built-in provider: offline and deterministic, for trying out llmchat and for measuring it."""
