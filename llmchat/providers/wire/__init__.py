"""How replies are read and tools spelled: frames, calls, media, vectors, error codes; no I/O."""
