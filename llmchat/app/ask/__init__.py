"""One question: its text, the providers to ask, and where the answer goes."""
