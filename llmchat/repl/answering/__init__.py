"""One question in the session: sending it, showing or stopping the answer, and the work around
it."""
