"""A model's tool calls during an answer: the loop that runs them, and the person's approval."""
