"""Before a text goes to a third party: secrets in it, and the introduction of who gets it."""
