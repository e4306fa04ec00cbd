"""Statistics: answers, tokens, and what was spent."""
