"""One question: what is asked, of whom, and where the answer goes."""
