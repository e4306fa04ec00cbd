"""Pictures inside a terminal that is known to show them, below the answer."""
