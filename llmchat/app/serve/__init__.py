"""A local server that speaks the language of OpenAI: `llmchat serve`."""
