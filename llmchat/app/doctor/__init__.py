"""`llmchat doctor`: each check returns a value; `runner` orders the checks, `check` shows them."""
