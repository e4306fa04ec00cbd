"""llmchat: language models from a terminal. The version lives here, and nothing is imported."""

__version__ = "0.1.0"
