"""The composition root: where the parts of one run are put together, a use case a file."""
