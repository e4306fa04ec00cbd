"""A local server with an OpenAI-compatible API: `llmchat serve`."""
