"""How tools and their calls are shown to the person."""
