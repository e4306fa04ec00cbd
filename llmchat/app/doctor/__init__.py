"""`llmchat doctor`: every check is a value; `runner` orders them, `check` shows them."""
