"""A plugin for llmchat, as an example."""
