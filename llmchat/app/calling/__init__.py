"""A model's calls of tools during an answer: the loop that runs them, and the person's consent."""
