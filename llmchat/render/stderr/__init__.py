"""What is written to stderr: messages, spinner, progress, tracebacks."""
