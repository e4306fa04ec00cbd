"""Tools and their calls, for the person who is asked about them or told of them."""
