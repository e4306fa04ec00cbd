"""One run of the program: its context, streams, signals and event loop."""
