"""`llmchat doctor`: every check is a value; `examination` orders them, `check` shows them."""
