"""What is counted: answers, tokens, what was spent."""
