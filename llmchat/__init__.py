"""llmchat: language models from a terminal. This file has the version and imports nothing."""

__version__ = "0.1.0"
