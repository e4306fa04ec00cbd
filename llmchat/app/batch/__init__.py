"""Many prompts from a file: reads and checks them, asks several at a time, writes one line for
each."""
