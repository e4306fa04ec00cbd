"""How replies are read, and how schemas, efforts and tools are spelled; no I/O."""
