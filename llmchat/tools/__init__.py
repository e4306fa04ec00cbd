"""Tools that a model may call: their sources, and how they are run."""
