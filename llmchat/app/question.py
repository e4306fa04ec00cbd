"""The question as the command line, stdin, files and a template make it."""
