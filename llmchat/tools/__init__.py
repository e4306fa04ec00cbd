"""Tools that a model may call: where they come from, and how one is run."""
